"""Unpacks wheels into one folder, their licence texts into another.

Usage: unpack_wheels.py WHEELS SITE_PACKAGES LICENCES

pip has checked the wheels' hashes. Of each ``*.dist-info`` only METADATA stays, without the project's description: what
remains is what importlib.metadata answers from.
"""

import sys
import zipfile
from pathlib import Path

LICENCE_ON_TOP = {"nvidia_ml_py": "pynvml.py"}
"""Wheels whose licence text is only the comment that a module begins with."""


def unpack(wheel: Path, site: Path, licences: Path) -> None:
    """Unpack one *wheel*. Raises SystemExit for one that wants more than to be unpacked, or has no licence text."""
    name = wheel.name.partition("-")[0]
    texts = licences / name
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            folder, _, inner = member.filename.partition("/")
            if member.is_dir():
                continue
            if folder.endswith(".data"):
                raise SystemExit(f"{wheel.name}: {member.filename} belongs outside site-packages")
            if not folder.endswith(".dist-info"):
                archive.extract(member, site)
            elif inner == "METADATA":
                _write(site / folder / inner, _head(archive.read(member)))
            elif is_licence(inner):
                # The folders below licenses/ say which part it is for; one flat name says it too.
                _write(texts / inner.removeprefix("licenses/").replace("/", "-"), archive.read(member))
        if name in LICENCE_ON_TOP:
            _write(texts / "LICENSE", _top_comment(archive.read(LICENCE_ON_TOP[name])))
    if not texts.is_dir():
        raise SystemExit(f"{wheel.name} holds no licence text")


def is_licence(inner: str) -> bool:
    """Return True for a licence text of a dist-info folder, as PEP 639 or older tools
    place it.
    """
    return inner.startswith(("licenses/", "LICENSE", "LICENCE", "COPYING", "NOTICE"))


def _head(metadata: bytes) -> bytes:
    return metadata.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _top_comment(source: bytes) -> bytes:
    lines = source.splitlines(keepends=True)
    end = next((at for at, line in enumerate(lines) if not line.startswith(b"#")), len(lines))
    return b"".join(line.lstrip(b"#").removeprefix(b" ") for line in lines[:end])


if __name__ == "__main__":
    for found in sorted(Path(sys.argv[1]).glob("*.whl")):
        unpack(found, Path(sys.argv[2]), Path(sys.argv[3]))
