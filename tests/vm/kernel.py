"""Debian's kernel and its modules for disks, a network card and a FAT file system on a USB stick."""

import lzma
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.locking import alone

from . import CACHE, LOCK, CannotBuild

PACKAGE = "linux-image-amd64"
WANTED = ("virtio_pci", "virtio_net", "ahci", "sd_mod", "nvme")
WANTED_FOR_FLASH = ("xhci_pci", "usb_storage", "vfat", "nls_cp437", "nls_ascii")
WANTED_FOR_HARDWARE = ("bonding", "8021q", "bridge", "wireguard", "dummy", "i2c_dev", "i2c_stub", "lm75", "adt7475")
XZ = b"\xfd7zXZ\0"
SIGNED = b"~Module signature appended~\n"
SIGNATURE_HEAD_BYTES = 12
LISTS = {"order": WANTED, "flash-order": WANTED_FOR_FLASH, "hardware-order": WANTED_FOR_HARDWARE}


@dataclass(frozen=True, slots=True)
class Kernel:
    """A bootable image, and modules in the order in which they must be loaded; the others after ``modules``."""

    image: Path
    modules: tuple[Path, ...]
    flash_modules: tuple[Path, ...]
    hardware_modules: tuple[Path, ...]


def kernel() -> Kernel:
    """The newest kernel in apt's lists, downloaded once. Raises CannotBuild."""
    kept = CACHE / "kernel"
    with alone(LOCK):
        if not all((kept / name).exists() for name in LISTS):
            _make(kept)
        image = kept / "unpacked"
        if not image.exists():
            _unpack(kept / "vmlinuz", image)
    lists = (tuple(kept / name for name in (kept / list_).read_text().split()) for list_ in LISTS)
    return Kernel(image, *lists)


def _make(kept: Path) -> None:
    shutil.rmtree(CACHE / "download", ignore_errors=True)
    (CACHE / "download").mkdir(parents=True)
    depends = _run("apt-cache", "depends", "--important", PACKAGE)
    image = re.search(r"Depends: (linux-image-\S+)", depends)
    if image is None:
        raise CannotBuild(f"apt knows no {PACKAGE}")
    _run("apt-get", "download", image[1])
    (package,) = (CACHE / "download").glob("*.deb")
    _run("dpkg-deb", "-x", package.name, "tree")
    tree = CACHE / "download/tree"
    # Debian 13 has them below usr/.
    modules = {_plain(path): path for path in tree.glob("**/lib/modules/*/kernel/**/*.ko*")}
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    shutil.copy(next(tree.glob("boot/vmlinuz-*")), kept / "vmlinuz")
    orders: dict[str, list[str]] = {}
    for name, wanted in LISTS.items():
        earlier = {module for order in orders.values() for module in order}
        needed = (module for first in wanted for module in _with_dependencies(first, modules))
        orders[name] = [module for module in dict.fromkeys(needed) if module not in earlier]
    for module in (module for order in orders.values() for module in order):
        (kept / f"{module}.ko").write_bytes(_unsigned(_content(modules[module])))
    # Last: their presence means that everything is complete.
    for name, order in orders.items():
        (kept / name).write_text("".join(f"{module}.ko\n" for module in order))
    shutil.rmtree(CACHE / "download")


def _unpack(compressed: Path, unpacked: Path) -> None:
    """Unpack a kernel, since the emulated machine takes 3 s for it; one that is not xz's is kept as it is.

    The offsets are those of the kernel's x86 boot protocol (its arch/x86/boot.rst).
    """
    content = compressed.read_bytes()
    setup_sectors = content[0x1F1] or 4
    offset, length = struct.unpack_from("<II", content, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = content[start : start + length]
    partly = unpacked.with_suffix(".new")
    partly.write_bytes(lzma.LZMADecompressor().decompress(payload) if payload.startswith(XZ) else content)
    partly.rename(unpacked)


def _with_dependencies(name: str, modules: dict[str, Path]) -> Iterator[str]:
    """Yield the modules that *name* needs, then itself. Any other name is built into the kernel."""
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


def _unsigned(module: bytes) -> bytes:
    """Return *module* without its signature, which the emulated machine takes long to verify.

    It ends with a marker, preceded by a structure whose last four bytes are the signature's length (the kernel's
    include/linux/module_signature.h).
    """
    if not module.endswith(SIGNED):
        return module
    end = len(module) - len(SIGNED) - SIGNATURE_HEAD_BYTES
    (length,) = struct.unpack_from(">I", module, end + SIGNATURE_HEAD_BYTES - 4)
    return module[: end - length]


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
