"""Debian's kernel and the few of its modules that find disks and a network card."""

import lzma
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import CACHE, CannotBuild

PACKAGE = "linux-image-amd64"
WANTED = ("virtio_pci", "virtio_net", "ahci", "sd_mod", "nvme")


@dataclass(frozen=True, slots=True)
class Kernel:
    """An image to boot, and modules in the order they must be loaded."""

    image: Path
    modules: tuple[Path, ...]


def kernel() -> Kernel:
    """The newest kernel that apt knows, downloaded once. Raises CannotBuild."""
    kept = CACHE / "kernel"
    if not (kept / "order").exists():
        _make(kept)
    names = (kept / "order").read_text().split()
    return Kernel(kept / "vmlinuz", tuple(kept / name for name in names))


def _make(kept: Path) -> None:
    shutil.rmtree(CACHE / "download", ignore_errors=True)
    (CACHE / "download").mkdir(parents=True)
    depends = _run("apt-cache", "depends", "--important", PACKAGE)
    name = re.search(r"Depends: (linux-image-\S+)", depends)
    if name is None:
        raise CannotBuild(f"apt knows no {PACKAGE}")
    _run("apt-get", "download", name[1])
    (package,) = (CACHE / "download").glob("*.deb")
    _run("dpkg-deb", "-x", package.name, "tree")
    tree = CACHE / "download/tree"
    modules = {_plain(path): path for path in tree.glob("lib/modules/*/kernel/**/*.ko*")}
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    shutil.copy(next(tree.glob("boot/vmlinuz-*")), kept / "vmlinuz")
    order: dict[str, None] = {}
    for wanted in WANTED:
        for module in _with_dependencies(wanted, modules):
            if module not in order:
                (kept / f"{module}.ko").write_bytes(_content(modules[module]))
                order[module] = None
    # Last: its presence means that all is there.
    (kept / "order").write_text("".join(f"{module}.ko\n" for module in order))
    shutil.rmtree(CACHE / "download")


def _with_dependencies(name: str, modules: dict[str, Path]) -> Iterator[str]:
    """What *name* needs, then itself. What is no module is built into the kernel."""
    if name not in modules:
        return
    depends = re.search(rb"\0depends=([^\0]*)\0", _content(modules[name]))
    for dependency in filter(None, (depends[1] if depends else b"").decode().split(",")):
        yield from _with_dependencies(dependency.replace("-", "_"), modules)
    yield name


def _plain(path: Path) -> str:
    return path.name.partition(".ko")[0].replace("-", "_")


def _content(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=CACHE / "download", capture_output=True, text=True, check=True, timeout=300)
    except FileNotFoundError as error:
        raise CannotBuild(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise CannotBuild(f"{' '.join(command)}: {error.stderr.strip()}") from error
    except subprocess.TimeoutExpired as error:
        raise CannotBuild(f"{' '.join(command)} takes too long") from error
    return done.stdout
