"""A server below a folder: the plugin laid out as installed, with the checkout's daemon and this machine's Python.

Scripts find it by UMA_ROOT. What they would call of the system and must not here (logger, pkgtools, df) lies in a
folder of its own that comes first in their PATH.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from uma.fence.steward import NAME as STEWARD

from ..integration.daemon import free_port
from ..integration.programs import CHECKOUT, clean_environment, until

TOWER = CHECKOUT / "demo/tower"

PYTHON_VARIABLES = {
    "PYTHONHOME": sys.base_prefix,
    "PYTHONPATH": os.pathsep.join([str(CHECKOUT / "source"), sysconfig.get_path("purelib")]),
    "LD_LIBRARY_PATH": str(sysconfig.get_config_var("LIBDIR")),
}
"""Files that a copy of this machine's Python needs in any folder."""

WRAPPER = """#!/bin/sh
export {variables}
exec "${{0%/uma}}/uma-python" -B {program} "$@"
"""

LOGGER = """#!/bin/bash
while [[ $1 != -- ]]; do shift; done
echo "$2" >>{log}
"""


class Server:
    """One such folder. ``end`` stops what was started in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self.commands = root / "commands"
        self.rc_log = root / "rc.log"
        self.settings_file = root / "boot/config/plugins/uma/uma.cfg"
        self.pid_file = root / "var/run/uma.pid"
        self.python = root / "usr/local/uma/bin/uma-python"
        for folder in ("var/run", "var/lib/pkgtools/packages", "var/local", "dev", "boot/config/plugins", "commands"):
            (root / folder).mkdir(parents=True)
        self.add_command("logger", LOGGER.format(log=self.rc_log))
        self._syslogd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._syslogd.bind(str(root / "dev/log"))
        # As Unraid's: the daemon is a user of its own.
        (root / "dev/log").chmod(0o666)
        self._syslog = ""

    # ---- Contents

    def add_command(self, name: str, text: str) -> None:
        """Put a script of this name before the system's own."""
        write_program(self.commands / name, text)

    def install(self) -> "Server":
        """Lay the plugin out."""
        lay_out(self.root)
        return self

    def run_as(self, program: str) -> None:
        """Let the daemon's command run Python with *program*: ``-m uma``, or its substitute."""
        write_program(self.root / "usr/local/uma/bin/uma", wrapper_of(program))

    def configure(self, **settings: object) -> None:
        """Rewrite the settings: its address and these."""
        self.settings_file.parent.mkdir(parents=True, exist_ok=True)
        every = {"BIND": "127.0.0.1", "PORT": self.port} | settings
        self.settings_file.write_text("".join(f'{key}="{value}"\n' for key, value in every.items()))

    def start_emhttpd(self) -> None:
        """Create emhttpd's state files, which don't exist before it runs."""
        shutil.copytree(TOWER / "var/local/emhttp", self.root / "var/local/emhttp", dirs_exist_ok=True)

    # ---- Actions

    def environment(self, **added: str) -> dict[str, str]:
        """Environment of its scripts."""
        return clean_environment(UMA_ROOT=str(self.root), PATH=f"{self.commands}:{os.environ['PATH']}", **added)

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command on it to its end, when every process has closed its output."""
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=self.environment(**variables),
            cwd=self.root,
        )

    def rc(self, order: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Give rc.uma an *order*."""
        return self.run(self.root / "etc/rc.d/rc.uma", order, **variables)

    def event(self, name: str) -> subprocess.CompletedProcess[str]:
        """Send the plugin an event, as emhttpd does."""
        return self.run(self.root / "usr/local/emhttp/plugins/uma/event" / name, name)

    def end(self) -> None:
        """Stop all that was started in it."""
        for pid in (*self.supervisors(), *self.daemons()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        # The steward ends by itself with its daemon.
        until(lambda: not self.supervisors() and not self.programs(), 30, what="the end of all processes")
        self._syslogd.close()

    # ---- Observations

    @property
    def pid(self) -> int:
        """Return the contents of the pid file."""
        return int(self.pid_file.read_text())

    @property
    def log(self) -> str:
        """Return what rc.uma and the daemon have sent to syslog."""
        while True:
            try:
                self._syslog += self._syslogd.recv(65536).decode() + "\n"
            except BlockingIOError:
                break
        return (self.rc_log.read_text() if self.rc_log.exists() else "") + self._syslog

    def left_in_run(self) -> list[str]:
        """The files in /var/run, but for the lock, and the history that outlives the daemon."""
        return sorted(path.name for path in (self.root / "var/run").iterdir() if path.name not in ("uma.lock", "uma"))

    def daemons(self) -> list[int]:
        """The processes that run its Python, without the daemon's steward."""
        return [pid for pid in self.programs() if name_of(pid) != STEWARD]

    def programs(self) -> list[int]:
        """All processes that run its Python."""
        return [pid for pid in processes() if program_of(pid) in (str(self.python), f"{self.python} (deleted)")]

    def supervisors(self) -> list[int]:
        """The processes that run its rc.uma."""
        return [pid for pid in processes() if str(self.root / "etc/rc.d/rc.uma") in words_of(pid)]

    def has_begun(self) -> bool:
        """Return True if the process of the pid file runs the program; for a moment the file is empty."""
        text = self.pid_file.read_text().strip() if self.pid_file.exists() else ""
        return text != "" and program_of(int(text)) == str(self.python)

    def is_serving(self) -> bool:
        """Return True if its address answers."""
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0


def lay_out(folder: Path) -> None:
    """Lay the plugin out in *folder*, which can become the root of any server."""
    shutil.copytree(CHECKOUT / "source/package", folder, dirs_exist_ok=True)
    shutil.copytree(CHECKOUT / "emhttp", folder / "usr/local/emhttp/plugins/uma")
    copy_python(folder / "usr/local/uma/bin/uma-python")
    write_program(folder / "usr/local/uma/bin/uma", wrapper_of("-m uma"))


def wrapper_of(program: str) -> str:
    """The daemon's command, which runs Python with *program*."""
    return WRAPPER.format(
        variables=" ".join(f"{name}={value}" for name, value in PYTHON_VARIABLES.items()), program=program
    )


def write_program(path: Path, text: str) -> None:
    """Write a script, in place of any other."""
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def copy_python(path: Path) -> None:
    """Copy this machine's Python to *path*, so that the kernel sees a separate program."""
    shutil.copy(Path(sys.executable).resolve(), path)


def processes() -> list[int]:
    """Return the ids of all processes."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def program_of(pid: int) -> str:
    """The file that a process runs."""
    try:
        return str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return ""


def name_of(pid: int) -> str:
    """The name of a process."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def words_of(pid: int) -> Sequence[str]:
    """Return a process's command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return ()


def is_alive(pid: int) -> bool:
    """Return True until a process has ended."""
    return program_of(pid) != ""
