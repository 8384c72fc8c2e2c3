"""qemu with the virtual machine, and its monitor (QMP) to plug and pull disks."""

import contextlib
import itertools
import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import CannotBuild
from .archive import PYTHON, hardware_archive, programs_archive, project_archive
from .kernel import Kernel, kernel

DISK_BYTES = 64 * 1024 * 1024
GUEST_PORT = 34600
QEMU = "qemu-system-x86_64"


class Machine:
    """A running virtual machine. ``port`` leads to the daemon in it; ``log`` is its console."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.log = folder / "console.log"
        self._process = process
        self._qmp = _connect(folder / "qmp", process)
        self._replies = self._qmp.makefile("r")
        self._replies.readline()
        self.order("qmp_capabilities")
        self.port = self._forwarded_port()
        # The names of the disks that can be pulled, by port. A name can be used once.
        self.plugged = {"taken": "NVM2"}
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Close the monitor."""
        self._replies.close()
        self._qmp.close()

    def order(self, command: str, **arguments: Any) -> Any:
        """Send qemu a command and return its result. Raises RuntimeError with its refusal."""
        self._qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        for line in self._replies:
            reply = json.loads(line)
            if "error" in reply:
                raise RuntimeError(f"{command}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]
        raise RuntimeError(f"{command}: qemu has ended")

    def plug_nvme(self, port: str, **properties: Any) -> str:
        """Plug a new NVMe disk into *port*, and return its name, which is its serial too."""
        name = self.plugged[port] = f"HOT{next(self._numbers)}"
        image = disk_image(self.folder, name)
        data = f"{name}-data"
        file = {"driver": "file", "filename": str(image)}
        self.order("blockdev-add", **{"driver": "raw", "node-name": data, "file": file})
        self.order("device_add", driver="nvme", id=name, drive=data, serial=name, bus=port, **properties)
        return name

    def pull(self, port: str) -> str:
        """Pull the disk in *port*, and return its name."""
        name = self.plugged.pop(port)
        self.order("device_del", id=name)
        return name

    def has(self, name: str) -> bool:
        """Return True until the guest has released the pulled disk *name*."""
        return any(child["name"] == name for child in self.order("qom-list", path="/machine/peripheral"))

    def said(self) -> str:
        """The console's output."""
        return self.log.read_text(errors="replace")

    def observed(self) -> list[dict[str, Any]]:
        """Return the output of the guest's observer."""
        lines = re.findall(r"OBSERVED (\{.*\})\r?\n", self.said())
        return [json.loads(line) for line in lines]

    def wait(self, predicate: Callable[[], Any], seconds: float, what: str) -> Any:
        """Return the result of *predicate* once it is true. Raises TimeoutError, or RuntimeError when the machine has
        ended.
        """
        end = time.monotonic() + seconds
        while not (found := predicate()):
            if self._process.poll() is not None:
                raise RuntimeError(f"the machine has ended; its console is {self.log}")
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not within {seconds} s; the console is {self.log}")
            time.sleep(0.05)
        return found

    def _forwarded_port(self) -> int:
        table = self.order("human-monitor-command", **{"command-line": "info usernet"})
        row = re.search(rf"HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+{GUEST_PORT}\b", table)
        if row is None:
            raise RuntimeError(f"qemu forwards no port:\n{table}")
        return int(row[1])


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Machine]:
    """Boot a machine with a SATA disk SAT1, NVMe disks NVM1 and NVM2, and the links and sensors of ``guest/hardware``.

    NVM2, in the port ``taken``, can be pulled, and the port ``free`` is free; *cable* is eth1's. Its files are in
    *folder*. Raises CannotBuild.
    """
    image = kernel()
    project_archive(folder / "project.cpio")
    hardware_archive(folder / "hardware.cpio", image)
    join(folder / "initramfs", programs_archive(image), folder / "project.cpio", folder / "hardware.cpio")
    card = ("-netdev", "user,id=cable,restrict=on", "-device", "virtio-net-pci,netdev=cable")
    with booted(folder, image, f"panic=-1 python={PYTHON}", "-m", "768", "-no-reboot", *card) as machine:
        yield machine


@contextlib.contextmanager
def booted(
    folder: Path, image: Kernel, command_line: str, *arguments: str, network: str = "", processors: int = 2
) -> Iterator[Machine]:
    """Boot *image* with ``initramfs`` of *folder* and those disks. Raises CannotBuild.

    *arguments* are added to qemu's, *network* to the value of its ``-netdev user``. One thread emulates all
    *processors* with a tenth less work than one thread each: their instructions need not be atomic.
    """
    program = shutil.which(QEMU)
    if program is None:
        raise CannotBuild(f"{QEMU} is not installed")
    # Without KVM, which may hang when nested, as in many CI machines.
    command = [
        *(program, "-accel", "tcg,thread=single", "-machine", "q35", "-smp", str(processors), "-nodefaults"),
        *("-display", "none", "-chardev", f"file,id=console,path={folder}/console.log", "-serial", "chardev:console"),
        *("-qmp", f"unix:{folder}/qmp,server=on,wait=off"),
        *("-kernel", str(image.image), "-initrd", str(folder / "initramfs")),
        # Retpolines and other mitigations take a sixth of the emulated boot, zeros in all memory a tenth.
        *("-append", f"console=ttyS0 quiet mitigations=off init_on_alloc=0 {command_line}"),
        *("-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:0-:{GUEST_PORT}{network}"),
        *("-device", "virtio-net-pci,netdev=net"),
        *("-device", "pcie-root-port,id=taken,chassis=1,slot=1", "-device", "pcie-root-port,id=free,chassis=2,slot=2"),
        *_disk(folder, "SAT1", "ide-hd,bus=ide.0"),
        *_disk(folder, "NVM1", "nvme"),
        *_disk(folder, "NVM2", "nvme,bus=taken"),
        *arguments,
    ]
    with (folder / "qemu.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        with contextlib.closing(Machine(folder, process)) as machine:
            yield machine
    finally:
        process.kill()
        process.wait()


def join(made: Path, *parts: Path) -> None:
    """Concatenate archives, which the kernel unpacks in order."""
    with made.open("wb") as file:
        for part in parts:
            with part.open("rb") as origin:
                shutil.copyfileobj(origin, file)


def disk_image(folder: Path, name: str) -> Path:
    """A sparse file for an empty disk."""
    path = folder / f"{name}.img"
    with path.open("wb") as file:
        file.truncate(DISK_BYTES)
    return path


def _disk(folder: Path, name: str, device: str) -> tuple[str, ...]:
    image = disk_image(folder, name)
    return (
        *("-drive", f"if=none,id={name}-data,format=raw,file={image}"),
        *("-device", f"{device},id={name},drive={name}-data,serial={name}"),
    )


def _connect(path: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    end = time.monotonic() + 20
    while True:
        qmp = socket.socket(socket.AF_UNIX)
        try:
            qmp.connect(str(path))
        except OSError:
            qmp.close()
            if process.poll() is not None or time.monotonic() > end:
                raise CannotBuild(f"qemu does not start: {(path.parent / 'qemu.log').read_text().strip()}") from None
            time.sleep(0.05)
        else:
            qmp.settimeout(20)
            return qmp
