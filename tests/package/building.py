"""Checkouts that build packages: copies of this one, so that edits in the meantime have no effect."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..integration.programs import CHECKOUT

CANNOT_DOWNLOAD = 75
"""pkg_build.sh's exit code without access to the registries."""

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".cache", "build", "dist", "node_modules", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis"
)


@dataclass(frozen=True)
class Package:
    """A built package: its *path*, and the files beside it."""

    path: Path

    @property
    def version(self) -> str:
        """As its file name has it."""
        return self.path.name.split("-")[1]

    def beside(self, ending: str) -> Path:
        """The file of the same name with another *ending*."""
        return self.path.with_name(self.path.name.removesuffix(".txz") + ending)


def copy_checkout(target: Path, *, origin: Path = CHECKOUT) -> Path:
    """Copy *origin* to *target* without generated files; it downloads to the same cache."""
    shutil.copytree(origin, target, ignore=NOT_COPIED, symlinks=True)
    cache = CHECKOUT / "build/cache"
    cache.mkdir(parents=True, exist_ok=True)
    (target / "build").mkdir()
    (target / "build/cache").symlink_to(cache)
    return target


def build(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pkg_build.sh in *checkout*. Skips the test without access to downloads."""
    unset = {name: value for name, value in os.environ.items() if not name.startswith("UMA_")}
    done = subprocess.run(
        ["./pkg_build.sh", *arguments],
        cwd=checkout,
        env=unset | environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    if done.returncode == CANNOT_DOWNLOAD:
        pytest.skip(f"Debian's packages or PyPI's are not to be had: {done.stderr.strip()}")
    return done


def build_package(checkout: Path, *arguments: str, **environment: str) -> Package:
    """The package that pkg_build.sh makes in *checkout*."""
    done = build(checkout, *arguments, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (checkout / "dist").glob("*.txz")
    return Package(path)


def repacked(package: Package, folder: Path, *, without: str, added: Mapping[str, bytes]) -> Package:
    """*package* as of a year later, in *folder*: one file less, and more *added*. Much faster than a build."""
    year = int(package.version[:4])
    version = package.version.replace(str(year), str(year + 1), 1)
    path = folder / f"uma-{version}-x86_64-1.txz"
    gone = False
    with tarfile.open(package.path) as old, tarfile.open(path, "w:xz", preset=0, format=tarfile.GNU_FORMAT) as new:
        for entry in old:
            content = old.extractfile(entry).read() if entry.isfile() else b""  # type: ignore[union-attr]
            if entry.name == without:
                gone = True
                continue
            if entry.name.endswith("/uma/__init__.pyc"):
                # A constant in byte code is preceded by its length, which stays the same.
                assert content.count(package.version.encode()) == 1
                content = content.replace(package.version.encode(), version.encode())
            new.addfile(entry, io.BytesIO(content))
        for name, content in added.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            new.addfile(entry, io.BytesIO(content))
    assert gone, f"{without} is not in the package"
    return Package(path)


def why_not() -> str | None:
    """Return the reason why no package can be built on this machine; None if one can."""
    facts = dict(
        line.replace('"', "").split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line
    )
    if (facts.get("ID"), facts.get("VERSION_ID"), os.uname().machine) != ("debian", "12", "x86_64"):
        return "packages are built on Debian 12 on x86_64 only"
    return None
