"""Fills in uma.plg, and uma.xml for Community Applications.

Usage: fill.py TEMPLATE CHANGELOG VERSION SHA256 BASE_URL OUTPUT

@VERSION@, @SHA256@, @BASE_URL@, @PROJECT_URL@, @SUPPORT_URL@ and @CHANGES@ are replaced, as XML text, so none may
be in a CDATA section. The project's addresses are those of source/uma/addresses.py.
"""

import re
import runpy
import sys
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")


ADDRESSES = Path(__file__).parents[1] / "source/uma/addresses.py"

NOWHERE = "https://uma.invalid"
"""Host that can't exist, in a build that is not for publication."""

MAX_CHANGES = 7
"""Entries on the Plugins tab: with headings and the last line it shows ten lines."""


def changes(changelog: str) -> str:
    """Return the newest section of *changelog* for the Plugins tab, its first entries only."""
    newest = changelog.partition("\n### ")[2].partition("\n### ")[0]
    lines = f"### {newest}".strip().split("\n")
    entries = [number for number, line in enumerate(lines) if line.startswith("- ")]
    if len(entries) > MAX_CHANGES:
        lines = [*lines[: entries[MAX_CHANGES]], "- And more: see CHANGELOG.md."]
    return "\n" + "\n".join(lines) + "\n"


def fill(template: str, values: dict[str, str]) -> str:
    """Fill *values* into *template*. Raises ValueError for an unknown placeholder or invalid XML."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise ValueError(f"nothing is known for {match[0]}")
        return escape(values[match[1]], {'"': "&quot;"})

    filled = PLACEHOLDER.sub(value, template)
    try:
        ElementTree.fromstring(filled)
    except ElementTree.ParseError as error:
        raise ValueError(f"no XML once it is filled in: {error}") from error
    return filled


def main(arguments: list[str]) -> None:
    """Write OUTPUT. Raises SystemExit."""
    template, changelog, version, sha256, base_url, output = arguments
    addresses = runpy.run_path(str(ADDRESSES))
    values = {
        "PROJECT_URL": addresses["PROJECT_URL"] or NOWHERE,
        "SUPPORT_URL": addresses["SUPPORT_URL"] or NOWHERE,
        "VERSION": version,
        "SHA256": sha256,
        "BASE_URL": base_url.rstrip("/"),
        "CHANGES": changes(Path(changelog).read_text()),
    }
    try:
        filled = fill(Path(template).read_text(), values)
    except ValueError as error:
        raise SystemExit(f"{template}: {error}") from error
    Path(output).write_text(filled)


if __name__ == "__main__":
    main(sys.argv[1:])
