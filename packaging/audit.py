"""Report of pip-audit's findings: known vulnerabilities, and packages without data.

Usage: audit.py REPORT, the file that ``pip-audit --format json`` wrote. Exit code 1 for a known fault, else 0.
pip-audit itself reports no problem for a package that it could not look up.
"""

import json
import sys
from pathlib import Path
from typing import Any


def judge(report: str) -> tuple[int, list[str]]:
    """Return the exit code and the text for pip-audit's report."""
    try:
        parts: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, LookupError, TypeError):
        return 0, ["NOT AUDITED: the list of known faults can't be had from here."]
    unknown = [part["name"] for part in parts if "skip_reason" in part]
    faults = [
        f"{part['name']} {part['version']}: {fault['id']}, fixed in {', '.join(fault['fix_versions']) or 'no version'}"
        for part in parts
        for fault in part.get("vulns", ())
    ]
    said = [*faults, f"{len(parts) - len(unknown)} packages audited, {len(faults)} known faults."]
    if unknown:
        said.append(f"NOT AUDITED, since nothing can be had about them from here: {', '.join(unknown)}.")
    return (1 if faults else 0), said


def main(arguments: list[str]) -> int:
    """Print it."""
    code, said = judge(Path(arguments[0]).read_text())
    print("\n".join(said))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
