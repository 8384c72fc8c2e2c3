"""The lock files of this project, and what they pin."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

REQUIREMENT = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.\[\]-]*)(?P<pin>[^\\]*?)(?P<rest>(?: *\\\n    --hash=\S+)*)$", re.MULTILINE
)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?!\S)")


def files(pattern: str) -> list[Path]:
    """The project's own files of that name."""
    found = []
    for folder, folders, names in os.walk(CHECKOUT):
        # Not looked into: files come and go there while tests run.
        folders[:] = set(folders) - {".git", ".venv", ".cache", "node_modules", "build"}
        found += [Path(folder, name) for name in names if fnmatch(name, pattern)]
    return sorted(found)


def requirements(lock: str) -> Iterator[tuple[str, str, list[str]]]:
    """Name, pin and hashes of each requirement in the text of a lock file of pip's."""
    for match in REQUIREMENT.finditer(lock):
        yield match["name"], match["pin"].strip(), HASH.findall(match["rest"])
