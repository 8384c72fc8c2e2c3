"""Debian's real mosquitto as a test's broker; with users or with TLS if the test wants them."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

from .daemon import free_port
from .programs import Program

PROGRAM = [found for found in (shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin"),) if found]
"""Command that starts it; empty if it is not installed (Debian: mosquitto)."""


class Mosquitto:
    """``mosquitto`` at 127.0.0.1, its files in *folder*. It remembers nothing beyond its own life."""

    def __init__(self, folder: Path, *, options: str = "allow_anonymous true", log_types: str = "all") -> None:
        folder.mkdir()
        self.port = free_port()
        self.log = folder / "log"
        self._config = folder / "mosquitto.conf"
        self._options = options
        self._log_types = log_types
        self._program: Program | None = None

    def start(self) -> Self:
        """Start it, with its current options, and wait until it listens."""
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\n{self._options}\n"
            # As the present user: its own user could not read the test's files.
            f"user {getpass.getuser()}\nlog_type {self._log_types}\nlog_dest stderr\n"
        )
        started = self.log.read_text().count(" running") if self.log.exists() else 0
        self._program = Program([*PROGRAM, "-c", self._config], log=self.log)
        self._program.until_output(" running", times=started + 1)
        return self

    @property
    def program(self) -> Program:
        """The running process."""
        assert self._program is not None
        return self._program

    def reconfigure(self, options: str) -> None:
        """Change its options for the next start."""
        self._options = options

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._program is not None:
            self._program.__exit__(None, None, None)
            self._program = None


def write_users(path: Path, **passwords: str) -> Path:
    """A password file for mosquitto."""
    path.write_text("".join(f"{user}:{password}\n" for user, password in passwords.items()))
    subprocess.run(["mosquitto_passwd", "-U", path], check=True, timeout=30)
    return path
