"""The virtual machine's file system: this machine's Python, smartctl and udevd with their libraries, as cpio archives.

The kernel unpacks archives that follow each other as one. The large one, of programs, is recreated only if they change;
the small one, of the daemon's code and the guest's scripts, each time.
"""

import compileall
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from py_compile import PycInvalidationMode

from tests.support.locking import alone

from . import CACHE, LOCK, CannotBuild
from .kernel import Kernel

PROJECT = Path(__file__).parents[2]
GUEST = Path(__file__).parent / "guest"
PYTHON = Path(sys.base_prefix) / f"bin/python3.{sys.version_info.minor}"
"""The same path in the guest."""
PACKAGES = "opt/packages"
"""Place of the daemon's libraries in the guest; the daemon itself is in ``opt/uma``."""

PROGRAMS = {"busybox": "bin/busybox", "smartctl": "usr/libexec/smartctl", "udevadm": "bin/udevadm"}
NOT_NEEDED = {
    *("test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "distutils", "pydoc_data", "venv"),
    *("site-packages", "dist-packages", "__pycache__", "unittest"),
}
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def programs_archive(kernel: Kernel) -> Path:
    """The archive of everything from other projects. Raises CannotBuild."""
    made = CACHE / f"programs-{_fingerprint(kernel)}.cpio"
    with alone(LOCK):
        _make_programs(made, kernel)
    return made


def _make_programs(made: Path, kernel: Kernel) -> None:
    if not made.exists():
        for old in CACHE.glob("programs-*"):
            old.unlink()
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            tree = Path(folder) / "tree"
            _collect_programs(tree, kernel)
            write_archive(tree, Path(folder) / "cpio")
            (Path(folder) / "cpio").rename(made)


def project_archive(made: Path) -> None:
    """Write the archive of the daemon and the guest's scripts to *made*."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        shutil.copytree(PROJECT / "source/uma", tree / "opt/uma/uma", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(GUEST, tree / "opt/guest", ignore=shutil.ignore_patterns("__pycache__"))
        _compile(tree)
        write_archive(tree, made)


def hardware_archive(made: Path, kernel: Kernel) -> None:
    """Write the archive of what else ``guest/hardware`` needs to *made*. Raises CannotBuild."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for path in kernel.hardware_modules:
            copy_file(path, tree / "modules" / path.name)
        (tree / "modules/hardware-order").write_text("".join(f"{path.name}\n" for path in kernel.hardware_modules))
        copy_file(program_path("ip"), tree / "opt/hardware/ip")
        copy_libraries(tree)
        write_archive(tree, made)


def _collect_programs(tree: Path, kernel: Kernel) -> None:
    for folder in ("proc", "sys", "dev", "run", "tmp", "etc", "root", "var/local/emhttp", "boot/config/plugins/uma"):
        (tree / folder).mkdir(parents=True)
    (tree / "init").symlink_to("/opt/guest/init")
    (tree / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (tree / "etc/group").write_text("root:x:0:\n")
    for path in kernel.modules:
        copy_file(path, tree / "modules" / path.name)
    (tree / "modules/order").write_text("".join(f"{path.name}\n" for path in kernel.modules))
    for name, place in PROGRAMS.items():
        copy_file(program_path(name), tree / place)
    (tree / "bin/sh").symlink_to("busybox")
    copy_file(PYTHON.resolve(), tree / PYTHON.relative_to("/"))
    standard = Path(sysconfig.get_path("stdlib"))
    ignore = shutil.ignore_patterns(*NOT_NEEDED, "config-*", "*.a")
    shutil.copytree(standard, tree / standard.relative_to("/"), ignore=ignore)
    for path, name in _package_files():
        copy_file(path, tree / PACKAGES / name)
    copy_libraries(tree)
    _compile(tree)


def _package_files() -> Iterator[tuple[Path, str]]:
    """The files of the daemon's libraries, as the lock names them, with their names in the folder of packages."""
    lock = (PROJECT / "source/requirements.lock").read_text()
    for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            # For another system or Python.
            continue
        for file in files:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                yield Path(str(file.locate())), str(file)


def copy_libraries(tree: Path) -> None:
    """Copy the libraries of the programs in *tree* to it, and libudev if this machine has it. Raises CannotBuild."""
    native = [path for path in tree.rglob("*") if not path.is_symlink() and is_elf(path) and path.suffix != ".ko"]
    for library in sorted(libraries_of(native) | {libudev()}):
        if not (tree / library.relative_to("/")).exists():
            copy_file(library.resolve(), tree / library.relative_to("/"))


def libraries_of(native: Iterable[Path]) -> set[Path]:
    """All libraries that the *native* files load, with the loader."""
    listed = subprocess.run(["ldd", *native], capture_output=True, text=True, check=False).stdout
    return {Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+) \(", listed, re.MULTILINE)}


def libudev() -> Path:
    """This machine's. Raises CannotBuild."""
    cache = subprocess.run(["ldconfig", "-p"], env={"PATH": PATH}, capture_output=True, text=True, check=False).stdout
    found = re.search(r"libudev\.so\.1 .*=> (/\S+)", cache)
    if found is None:
        raise CannotBuild("libudev.so.1 is not installed")
    return Path(found[1])


def program_path(name: str) -> Path:
    """The file of a program of this machine. Raises CannotBuild."""
    found = shutil.which(name, path=PATH)
    if found is None:
        raise CannotBuild(f"{name} is not installed")
    return Path(found).resolve()


def _fingerprint(kernel: Kernel) -> str:
    parts = [
        PYTHON,
        sys.version,
        *kernel.modules,
        *map(program_path, PROGRAMS),
        PROJECT / "source/requirements.lock",
        __file__,
    ]
    marks = [f"{part}:{_mark(Path(part))}" if Path(part).is_file() else str(part) for part in map(str, parts)]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]


def _mark(path: Path) -> str:
    status = path.stat()
    return f"{status.st_mtime_ns}:{status.st_size}"


def is_elf(path: Path) -> bool:
    """Return True if *path* is a program or a library."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def copy_file(path: Path, to: Path) -> None:
    """Copy *path*, with the folders that *to* needs."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, to)


def _compile(tree: Path) -> None:
    # Compiled here: in the emulated guest it would take half a minute.
    compileall.compile_dir(tree, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


def write_archive(tree: Path, archive: Path) -> None:
    """Pack *tree* in the kernel's format, "newc" (its driver-api/early-userspace/buffer-format.rst)."""
    with archive.open("wb") as file:
        for number, path in enumerate(sorted(tree.rglob("*")), start=1):
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                content = os.fsencode(path.readlink())
            else:
                content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
            file.write(_entry(str(path.relative_to(tree)), status.st_mode, content, number))
        file.write(_entry("TRAILER!!!", 0, b"", 0))


def _entry(name: str, mode: int, content: bytes, number: int) -> bytes:
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
    return head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)
