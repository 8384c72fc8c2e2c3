"""Deletes the files of a list from a tree, and records the deleted modules.

Usage: trim.py LIST TREE GONE

Each line of LIST is a glob relative to TREE and, after blanks, the reason. A glob that matches nothing fails: a renamed
file must not be missed. The modules' names are added to the file GONE, for verify/imports.py.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path


def patterns(listed: Path) -> Iterator[str]:
    """The globs of the list. Raises SystemExit for one without a reason."""
    for line in listed.read_text().splitlines():
        pattern, _, reason = line.partition(" ")
        if not pattern or pattern.startswith("#"):
            continue
        if not reason.strip():
            raise SystemExit(f"{listed}: {pattern} has no reason")
        yield pattern


def module_of(path: Path) -> str | None:
    """Return the module's name of *path*, relative to sys.path; None if not a module."""
    name, _, kind = path.name.partition(".")
    if kind != "py" and not kind.endswith("so"):
        return None
    parts = path.parent.parts if name == "__init__" else (*path.parent.parts, name)
    return ".".join(part for part in parts if part != "lib-dynload")


def trim(listed: Path, tree: Path) -> list[str]:
    """Delete the *listed* files; return the names of the deleted modules. Raises SystemExit."""
    gone: list[str] = []
    for pattern in patterns(listed):
        # glob() ignores a plain name whose link is dangling, as Debian's are without an installed Python.
        found = sorted(tree.glob(pattern)) or [path for path in [tree / pattern] if path.is_symlink()]
        if not found:
            raise SystemExit(f"{listed}: {pattern} matches nothing in {tree}")
        for path in found:
            if path.is_dir() and not path.is_symlink():
                files = [file for file in sorted(path.rglob("*")) if file.is_file()]
                shutil.rmtree(path)
            else:
                files = [path]
                path.unlink()
            gone += [name for file in files if (name := module_of(file.relative_to(tree)))]
    return gone


if __name__ == "__main__":
    names = trim(Path(sys.argv[1]), Path(sys.argv[2]))
    with Path(sys.argv[3]).open("a") as file:
        file.writelines(f"{name}\n" for name in names)
