"""Unpacks what the dashboard takes from npm: uPlot, as an ES module with its stylesheet, and the program esbuild.

Usage: unpack_npm.py ARCHIVES FOLDER PROGRAM [LICENCES]

ARCHIVES holds npm's .tgz files; one that source/package-lock.json does not vouch for fails. FOLDER gets uPlot, PROGRAM
is where esbuild goes, and LICENCES gets uPlot's licence: nothing of esbuild is packed.
"""

import base64
import hashlib
import json
import sys
import tarfile
from pathlib import Path

LOCK = Path(__file__).parents[1] / "source/package-lock.json"

# It publishes no types that its minified form would pass.
MODULE_START = b"// @ts-nocheck\n"
# It is minified only as a script that declares `uPlot`; as a module it is a third of what uPlot.esm.js is.
MODULE_END = b"\nexport default uPlot;\n"


def vouched(archive: Path, integrity: str) -> Path:
    """Return *archive*, if its content is what *integrity* names. Raises SystemExit."""
    kind, _, expected = integrity.partition("-")
    digest = hashlib.new(kind, archive.read_bytes()).digest()
    if base64.b64encode(digest).decode() != expected:
        raise SystemExit(f"{archive.name} is not what package-lock.json names")
    return archive


def archive_of(archives: Path, name: str) -> Path:
    """Return the archive of npm's package *name*, as the lock has it. Raises SystemExit."""
    pin = json.loads(LOCK.read_text())["packages"][f"node_modules/{name}"]
    plain = name.removeprefix("@").replace("/", "-")
    return vouched(archives / f"{plain}-{pin['version']}.tgz", pin["integrity"])


def read(archive: Path, name: str) -> bytes:
    """Return the content of the file *name* in *archive*."""
    with tarfile.open(archive) as tar:
        member = tar.extractfile(f"package/{name}")
        assert member is not None
        return member.read()


def unpack_esbuild(archives: Path, program: Path) -> None:
    """Write the program, for the one kind of machine whose package is there."""
    (found,) = archives.glob("esbuild-*-*.tgz")
    platform, arch = found.name.split("-")[1:3]
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_bytes(read(archive_of(archives, f"@esbuild/{platform}-{arch}"), "bin/esbuild"))
    program.chmod(0o755)


def unpack_uplot(archives: Path, folder: Path, licences: Path | None) -> None:
    """Write the module, its stylesheet, and the licence if requested."""
    archive = archive_of(archives, "uplot")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "uplot.css").write_bytes(read(archive, "dist/uPlot.min.css") + b"\n")
    if licences is not None:
        (licences / "uplot").mkdir(parents=True)
        (licences / "uplot/LICENSE").write_bytes(read(archive, "LICENSE"))
    # Last: where it is, the rest is too.
    (folder / "uplot.js").write_bytes(MODULE_START + read(archive, "dist/uPlot.iife.min.js").rstrip() + MODULE_END)


def main(archives: Path, folder: Path, program: Path, licences: Path | None = None) -> None:
    """Write the files, in folders made for them."""
    archive_of(archives, "uplot")
    unpack_esbuild(archives, program)
    unpack_uplot(archives, folder, licences)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
