"""A virtual machine as close to Unraid as possible: a root file system in RAM, no Python, a FAT stick as /boot.

It has bash, busybox, glibc, udevd, smartctl, df, flock and getconf of this machine, a Docker that is outside, and
stand-ins for emhttpd, the plugin manager and pkgtools: ``unraid/`` has these, and its first process.
"""

import contextlib
import lzma
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..array_writer import ArrayTexts, Device, array, pool
from . import CannotBuild
from .archive import GUEST, PATH, copy_file, copy_libraries, libudev, program_path, write_archive
from .kernel import Kernel, kernel
from .machine import DISK_BYTES, Machine, booted
from .shell import Shell

SERVER = GUEST.with_name("unraid")
PROGRAMS = {
    "bash": "bin/bash",
    "busybox": "bin/busybox",
    "df": "usr/bin/df",
    "flock": "usr/bin/flock",
    "getconf": "usr/bin/getconf",
    "smartctl": "usr/sbin/smartctl",
    "socat": "usr/bin/socat",
    "udevadm": "bin/udevadm",
}
GLIBC = ("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1")
"""Paths that every Unraid host has, even if no program here uses them."""
FOLDERS = (
    *("proc", "sys", "dev", "run", "tmp", "boot", "var/local/emhttp", "var/log/plugins", "var/lib/pkgtools/packages"),
    *("var/lib/pkgtools/scripts", "var/log/pkgtools/removed_packages", "var/log/pkgtools/removed_scripts"),
    *("usr/local/emhttp/plugins/dynamix", "usr/local/bin", "etc/rc.d", "root", "mnt"),
)
NOT_EMPTY = ("usr/local/bin/mover", "etc/rc.d/rc.local", "usr/local/emhttp/plugins/dynamix/README.md")
"""Files of Unraid's own, so that a package's removal does not find its folders empty."""

FLASH_MIB = 64
RAM_MIB = 640


SECTORS = str(DISK_BYTES // 512)
SIZES = {"sectors": SECTORS, "sector_size": "512"}


@contextlib.contextmanager
def unraid(
    folder: Path,
    *,
    flash: Mapping[str, bytes],
    manifests: Mapping[str, str],
    packages: Sequence[Path],
    internet: Sequence[Path],
) -> Iterator[tuple[Machine, Shell]]:
    """Boot it, with its files in *folder*, and Docker's socket expected at ``docker.sock`` there.

    *flash* are the stick's files, by path; *manifests*, by path, those that ``plugin`` accepts;
    *packages* those that ``upgradepkg`` can unpack; *internet* the files of ``/opt/internet``, which a link from
    ``/internet`` makes reachable. Raises CannotBuild.
    """
    socat = program_path("socat")
    image = kernel()
    with tempfile.TemporaryDirectory(dir=folder) as made:
        tree = Path(made)
        _collect(tree, image)
        for place, text in manifests.items():
            _write(tree / place.lstrip("/"), text.encode())
        for path in packages:
            # Decompressed here: the emulated machine takes a quarter of an installation for it.
            _write(tree / f"opt/decompressed/{path.stem}.tar", lzma.decompress(path.read_bytes()))
        for path in internet:
            copy_file(path, tree / "opt/internet" / path.name)
        write_archive(tree, folder / "initramfs")
    _make_flash(folder / "UNRAID.img", flash)
    arguments = (
        *("-m", str(RAM_MIB), "-device", "qemu-xhci"),
        *("-drive", f"if=none,id=flash,format=raw,file={folder}/UNRAID.img"),
        *("-device", "usb-storage,drive=flash,removable=on"),
        *("-chardev", f"socket,id=shell,path={folder}/shell,server=on,wait=off", "-serial", "chardev:shell"),
    )
    docker = f",guestfwd=tcp:10.0.2.100:2375-cmd:{socat} - UNIX-CONNECT:{folder}/docker.sock"
    with (
        booted(folder, image, "panic=0", *arguments, network=docker, processors=1) as machine,
        contextlib.closing(Shell(folder / "shell")) as shell,
    ):
        yield machine, shell


def _collect(tree: Path, image: Kernel) -> None:
    for name in FOLDERS:
        (tree / name).mkdir(parents=True)
    for name in NOT_EMPTY:
        (tree / name).touch()
    for module in (*image.modules, *image.flash_modules):
        copy_file(module, tree / "modules" / module.name)
    order = "".join(f"{module.name}\n" for module in (*image.modules, *image.flash_modules))
    (tree / "modules/order").write_text(order)
    for name, place in PROGRAMS.items():
        copy_file(program_path(name), tree / place)
    (tree / "bin/sh").symlink_to("bash")
    (tree / "bin/systemd-udevd").symlink_to("udevadm")
    (tree / "var/run").symlink_to("/run")
    (tree / "etc/passwd").write_text("root:x:0:0::/root:/bin/bash\n")
    (tree / "etc/group").write_text("root:x:0:\n")
    copy_file(SERVER / "init", tree / "init")
    shutil.copytree(SERVER / "sbin", tree / "usr/local/sbin")
    copy_libraries(tree)
    beside = libudev().parent
    for name in GLIBC:
        copy_file(beside / name, tree / (beside / name).relative_to("/"))
    for state in ("Started", "Stopped"):
        texts = _array(state)
        _write(tree / "opt/texts" / state.lower() / "var.ini", texts.var.encode())
        _write(tree / "opt/texts" / state.lower() / "disks.ini", texts.disks.encode())
    _write(tree / "opt/texts/unassigned.ini", texts.devs.encode())


def _array(state: str) -> ArrayTexts:
    """emhttpd's files: SAT1 is disk1, NVM1 the pool ``cache``; temperatures are SMART's. Disks' names are in @."""
    disk = _disk("SAT1", used="4GB", temp="*")
    cache = _disk("NVM1", used="4GB", fs="btrfs", nvme=True, temp="*")
    flash = _disk("UNRAID", used="1GB", fs="vfat", temp="*")
    other = Device(nvme=True, temp="*", keys={"id": "QEMU_@SERIAL@", "device": "@DEVICE@"} | SIZES)
    return array(parity=0, disks=[disk], pools=[pool("cache", cache)], flash=flash, unassigned=[other], fs_state=state)


def _disk(serial: str, **changes: object) -> Device:
    keys = {"id": f"QEMU_{serial}", "device": f"@{serial}@"} | SIZES
    return Device(size="64GB", rotational="0", keys=keys, **changes)  # type: ignore[arg-type]


def _make_flash(image: Path, files: Mapping[str, bytes]) -> None:
    """A FAT32 stick with *files*, as Unraid's: named UNRAID."""
    with image.open("wb") as file:
        file.truncate(FLASH_MIB * 1024 * 1024)
    _run("mkfs.vfat", "-F", "32", "-n", "UNRAID", str(image))
    folders = {parent for path in files for parent in Path(path).parents if parent != Path()}
    _run("mmd", "-i", str(image), *(f"::{folder}" for folder in sorted(folders)))
    with tempfile.NamedTemporaryFile() as content:
        for path, data in files.items():
            Path(content.name).write_bytes(data)
            _run("mcopy", "-i", str(image), content.name, f"::{path}")


def _run(name: str, *arguments: str) -> None:
    # Started by its own name, from which mtools takes the command.
    program = shutil.which(name, path=PATH)
    if program is None:
        raise CannotBuild(f"{name} is not installed")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        raise CannotBuild(f"{name}: {done.stderr.strip()}")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
