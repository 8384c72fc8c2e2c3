"""Unpacks uPlot for the dashboard: an ES module, its stylesheet, and its licence where that is asked for.

Usage: unpack_uplot.py ARCHIVES FOLDER [LICENCES]

ARCHIVES holds npm's .tgz files; one that source/package-lock.json does not vouch for fails.
"""

import base64
import hashlib
import json
import sys
import tarfile
from pathlib import Path

LOCK = Path(__file__).parents[1] / "source/package-lock.json"

# It is minified only as a script that declares `uPlot`; as a module it is a third of what uPlot.esm.js is.
MODULE_END = b"\nexport default uPlot;\n"


def vouched(archive: Path, integrity: str) -> Path:
    """*archive*, if its content is what *integrity* names. Raises SystemExit."""
    kind, _, expected = integrity.partition("-")
    digest = hashlib.new(kind, archive.read_bytes()).digest()
    if base64.b64encode(digest).decode() != expected:
        raise SystemExit(f"{archive.name} is not what package-lock.json names")
    return archive


def main(archives: Path, folder: Path, licences: Path | None = None) -> None:
    """Write the files, in folders made for them."""
    pin = json.loads(LOCK.read_text())["packages"]["node_modules/uplot"]
    archive = vouched(archives / f"uplot-{pin['version']}.tgz", pin["integrity"])
    with tarfile.open(archive) as tar:

        def read(name: str) -> bytes:
            member = tar.extractfile(f"package/{name}")
            assert member is not None
            return member.read()

        folder.mkdir(parents=True, exist_ok=True)
        (folder / "uplot.css").write_bytes(read("dist/uPlot.min.css") + b"\n")
        if licences is not None:
            (licences / "uplot").mkdir(parents=True)
            (licences / "uplot/LICENSE").write_bytes(read("LICENSE"))
        # Last: where it is, the rest is too.
        (folder / "uplot.js").write_bytes(read("dist/uPlot.iife.min.js").rstrip() + MODULE_END)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
