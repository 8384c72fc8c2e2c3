"""Lists the package's parts: each Debian package, wheel and npm package, as a table and as CycloneDX.

Usage: bill.py VERSION EPOCH DEBIAN_LIST DEBIAN_FOLDER WHEELS NPM MANIFEST CYCLONEDX

Licences are SPDX expressions: Debian's from DEBIAN_LIST, the others' from their metadata. An unknown one fails.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

SPDX = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 AND BSD-2-Clause",
    "Apache-2.0 AND MIT",
    "BSD-3-Clause",
    "EPL-2.0 OR BSD-3-Clause",
    "LGPL-2.1-or-later",
    "MIT",
    "MIT OR Apache-2.0",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
    "Zlib",
}
"""Reviewed licences: each allows building and distributing the package."""

WORDS_FOR = {"Apache 2.0": "Apache-2.0"}
"""Licence names of some wheels, and the SPDX names."""

STATED_ELSEWHERE = {"aiomqtt": "BSD-3-Clause", "nvidia-ml-py": "BSD-3-Clause"}
"""Licences of wheels whose METADATA has none or too few, from their licence text and file heads."""


HEAD = "uma {version} is made of its own code and of:\n\n"
FOOT = "\n\nThe sums are of the .deb, .whl and .tgz files; the licences are in /usr/local/uma/licences.txt.gz.\n"


@dataclass(frozen=True, slots=True)
class Part:
    """One package that files came from. *source* is the address of its source code."""

    kind: str
    name: str
    version: str
    sha256: str
    licence: str
    purl: str
    source: str


def debian_parts(listed: Path, folder: Path) -> Iterator[Part]:
    """Return each Debian package of the list, from its .deb file in *folder*. Raises SystemExit."""
    for line in listed.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, licence, _ = line.split(maxsplit=2)
        debs = list(folder.glob(f"{name}_*.deb"))
        if len(debs) != 1:
            raise SystemExit(f"{folder} holds {len(debs)} files of {name}, not one")
        version, architecture = (_field(debs[0], field) for field in ("Version", "Architecture"))
        origin, _, origin_version = _field(debs[0], "Source").partition(" ")
        origin_version = origin_version.strip("()") or version
        yield Part(
            kind="debian",
            name=name,
            version=version,
            sha256=_sha256(debs[0]),
            licence=_known(licence, name),
            purl=f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={architecture}&distro=bookworm",
            source=f"https://snapshot.debian.org/package/{origin or name}/{quote(origin_version)}/",
        )


def wheel_parts(folder: Path) -> Iterator[Part]:
    """Return each wheel in *folder*. Raises SystemExit."""
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            (inner,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            metadata = HeaderParser().parsestr(archive.read(inner).decode())
        name, version = metadata["Name"], metadata["Version"]
        licence = metadata["License-Expression"] or STATED_ELSEWHERE.get(name) or metadata["License"] or ""
        yield Part(
            kind="pypi",
            name=name,
            version=version,
            sha256=_sha256(wheel),
            licence=_known(WORDS_FOR.get(licence, licence), name),
            purl=f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
            source=f"https://pypi.org/project/{name}/{version}/#files",
        )


def npm_parts(folder: Path) -> Iterator[Part]:
    """Return each npm package in *folder* with packed files. Raises SystemExit."""
    for archive in sorted(folder.glob("*.tgz")):
        if archive.name.startswith("esbuild-"):
            # It bundles, and is not in the bundle.
            continue
        with tarfile.open(archive) as tar:
            member = tar.extractfile("package/package.json")
            assert member is not None
            metadata = json.load(member)
        name, version = metadata["name"], metadata["version"]
        yield Part(
            kind="npm",
            name=name,
            version=version,
            sha256=_sha256(archive),
            licence=_known(metadata.get("license", ""), name),
            purl=f"pkg:npm/{quote(name)}@{version}",
            source=f"https://www.npmjs.com/package/{name}/v/{version}",
        )


def manifest(version: str, parts: list[Part]) -> str:
    """Return a readable table, one part a line."""
    rows = [(part.kind, part.name, part.version, part.licence, part.sha256, part.source) for part in parts]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return HEAD.format(version=version) + "\n".join(lines) + FOOT


def cyclonedx(version: str, epoch: int, parts: list[Part]) -> dict[str, Any]:
    """Return the same as CycloneDX 1.5."""
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "bom-ref": "uma", "name": "uma", "version": version},
        },
        "components": [
            {
                "type": "library",
                "bom-ref": part.purl,
                "name": part.name,
                "version": part.version,
                "purl": part.purl,
                "hashes": [{"alg": "SHA-256", "content": part.sha256}],
                "licenses": [{"expression": part.licence}],
                "externalReferences": [{"type": "distribution", "url": part.source}],
            }
            for part in parts
        ],
        "dependencies": [{"ref": "uma", "dependsOn": [part.purl for part in parts]}],
    }


def _field(deb: Path, field: str) -> str:
    command = ["dpkg-deb", "-f", str(deb), field]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _known(licence: str, name: str) -> str:
    if licence not in SPDX:
        raise SystemExit(f"{name}: nobody has looked at its licence yet: {licence!r}")
    return licence


def main(arguments: list[str]) -> None:
    """Write both files."""
    version, epoch, listed, debs, wheels, npm, manifest_file, cyclonedx_file = arguments
    parts = [*debian_parts(Path(listed), Path(debs)), *wheel_parts(Path(wheels)), *npm_parts(Path(npm))]
    Path(manifest_file).write_text(manifest(version, parts))
    Path(cyclonedx_file).write_text(json.dumps(cyclonedx(version, int(epoch), parts), indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
