"""The lock files of this project, and what they pin."""

import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

REQUIREMENT = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.\[\]-]*)(?P<pin>[^\\]*?)(?P<rest>(?: *\\\n    --hash=\S+)*)$", re.MULTILINE
)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?!\S)")


def files(pattern: str) -> list[Path]:
    """The project's own files of that name."""
    return sorted(
        path for path in CHECKOUT.rglob(pattern) if not {".venv", ".cache", "node_modules", "build"} & set(path.parts)
    )


def requirements(lock: str) -> Iterator[tuple[str, str, list[str]]]:
    """Name, pin and hashes of each requirement in the text of a lock file of pip's."""
    for match in REQUIREMENT.finditer(lock):
        yield match["name"], match["pin"].strip(), HASH.findall(match["rest"])
