"""A real libvirtd for the tests, in its own mount namespace, separate from the machine's libvirt.

Its virtual machines are qemu's by emulation (TCG), without an operating system: their firmware finds nothing to boot.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil

from .programs import Program, until

SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
QEMU = "qemu-system-x86_64"

PREPARE = """\
set -e
mkdir -p "$1"/etc/qemu "$1"/run.host/libvirt "$1"/var/{lib,log,cache}/libvirt
mount --bind "$1/etc" /etc/libvirt
mount --bind "$1/run.host" /run
mount --bind "$1/var" /var
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
exec libvirtd -f "$1/libvirtd.conf" -p "$1/libvirtd.pid"
"""
"""Makes room for libvirtd's files, which are the machine's own otherwise."""

KNOWLEDGE = "var/cache/libvirt/qemu/capabilities"
"""Facts that a libvirtd has found out about qemu, by running it."""

QEMU_SETTINGS = """\
user = "root"
group = "root"
security_driver = "none"
remember_owner = 0
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
"""

SETTINGS = """\
unix_sock_dir = "{folder}/run"
unix_sock_ro_perms = "0777"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:stderr"
"""

DOMAIN = """\
<domain type='qemu'>
  <name>{name}</name>
  <metadata><vmtemplate xmlns="http://unraid" name="{template}" icon="linux.png" os="linux" webui=""/></metadata>
  <memory unit='MiB'>64</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <emulator>{emulator}</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='{folder}/vdisk1.img'/><target dev='hdc' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/><source file='{folder}/install.iso'/><target dev='hda' bus='ide'/><readonly/>
    </disk>
    <graphics type='vnc' port='-1' passwd='geheim'/>
  </devices>
</domain>
"""


def why_not() -> str | None:
    """Return why no libvirtd can be started on this machine; None if one can."""
    for program, package in (("libvirtd", "libvirt-daemon"), ("virsh", "libvirt-clients"), (QEMU, "qemu-system-x86")):
        if shutil.which(program, path=SYSTEM_PATH) is None:
            return f"there is no {program} on this machine (Debian: {package})"
    if os.geteuid() != 0:
        return "libvirtd needs root"
    can_unshare = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0
    return None if can_unshare else "there are no mount namespaces here"


class Libvirtd:
    """A libvirtd whose sockets are in ``sockets``. ``start`` returns when it answers; ``end`` leaves nothing of it.

    *tracer* is a command that becomes the one behind it, as ``strace`` of ``syscalls``.
    """

    def __init__(self, tracer: Sequence[str] = ()) -> None:
        self._tracer = tracer
        # Not pytest's folder: a socket's path is limited to 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="uma-libvirtd-", dir="/tmp"))
        self.sockets = self.folder / "run"
        self.sockets.mkdir()
        self._program: Program | None = None
        (self.folder / "prepare.sh").write_text(PREPARE)
        (self.folder / "etc").mkdir()
        (self.folder / "etc/qemu.conf").write_text(QEMU_SETTINGS)
        (self.folder / "libvirtd.conf").write_text(SETTINGS.format(folder=self.folder))
        # A daemon built for Debian's system account does not start without it.
        passwd, group = Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
        (self.folder / "passwd").write_text(f"{passwd}libvirt-qemu:x:64055:64055::/:/bin/false\n")
        (self.folder / "group").write_text(f"{group}libvirt-qemu:x:64055:\nkvm:x:64056:\n")
        for image in ("vdisk1.img", "install.iso"):
            with (self.folder / image).open("wb") as file:
                file.truncate(1 << 20)

    @property
    def pid(self) -> int:
        """The daemon's own process."""
        return int((self.folder / "libvirtd.pid").read_text())

    def start(self) -> "Libvirtd":
        """Start it, and wait for its first answer."""
        self._program = program = Program(
            [*self._tracer, "unshare", "--mount", "bash", self.folder / "prepare.sh", self.folder],
            log=self.folder / "log",
        )
        until(lambda: self._answers() or not program.is_running(), 30, what="libvirtd's first answer")
        if not program.is_running():
            raise RuntimeError(f"libvirtd does not start here:\n{program.output[-2000:]}")
        return self

    def learn(self) -> "Libvirtd":
        """Have it find out what qemu can do: else it does so at its first machine, for seconds, and answers late."""
        emulator = shutil.which(QEMU, path=SYSTEM_PATH) or QEMU
        self.virsh("domcapabilities", "--virttype", "qemu", "--emulatorbin", emulator)
        return self

    def learn_from(self, other: "Libvirtd") -> "Libvirtd":
        """Take over what *other* has found out."""
        shutil.copytree(other.folder / KNOWLEDGE, self.folder / KNOWLEDGE)
        return self

    def restart_if_dead(self) -> None:
        """Start it again where a test, or a fault of its own, has ended it."""
        if self._program is None or not self._program.is_running():
            self.start()

    def stop(self) -> None:
        """Stop it as Unraid does with the array; machines continue."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would: its sockets stay."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Freeze it: it answers nothing, and its connections stay open."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it continue."""
        os.kill(self.pid, signal.SIGCONT)

    def virsh(self, *arguments: str, uri: str = "qemu:///system") -> str:
        """Run virsh on it; its output."""
        driver, path = uri.split(":", 1)
        url = f"{driver}+unix:{path}?socket={self.sockets}/libvirt-sock"
        command = [shutil.which("virsh", path=SYSTEM_PATH) or "virsh", "-q", "-c", url, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        if done.returncode != 0:
            # In one line: the list of repeated tests shows the first only.
            raise RuntimeError(f"virsh {' '.join(arguments)}: {' '.join(done.stderr.split())}")
        return done.stdout

    def define(self, name: str, *, template: str = "Linux") -> None:
        """Define a machine that does not run yet."""
        emulator = shutil.which(QEMU, path=SYSTEM_PATH) or QEMU
        xml = self.folder / "domain.xml"
        xml.write_text(DOMAIN.format(name=name, template=template, folder=self.folder, emulator=emulator))
        self.virsh("define", str(xml))

    def qemu_of(self, name: str) -> psutil.Process:
        """The process of a running machine."""
        found = [each for each in self._qemus() if f"guest={name}," in " ".join(each.info["cmdline"])]
        assert len(found) == 1, found
        return found[0]

    def end(self) -> None:
        """Stop everything it ever started, by process id, and remove its folder."""
        if self._program is not None and self._program.is_running():
            self.thaw()
            self.stop()
        for process in self._qemus():
            process.kill()
            process.wait(5)
        shutil.rmtree(self.folder)

    def _qemus(self) -> list[psutil.Process]:
        """Its machines: qemus that name this folder."""
        return [
            process
            for process in psutil.process_iter(["name", "cmdline"])
            if "qemu" in (process.info["name"] or "")
            and any(str(self.folder) in argument for argument in process.info["cmdline"] or ())
        ]

    def _answers(self) -> bool:
        try:
            self.virsh("uri", uri="test:///default")
        except RuntimeError:
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        assert self._program is not None
        os.kill(self.pid, number)
        self._program.wait(30)
