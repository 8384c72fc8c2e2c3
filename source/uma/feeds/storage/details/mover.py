"""Unraid's mover: it runs while ``/var/run/mover.pid`` names a living mover.

A crash leaves the file behind, and its number goes to another process: containers'
health checks use up all numbers within a day. So the process must be a mover by its
command line, as in webGUI's sbin/mover, or be older than the file. Mover Tuning writes
the same file. The mover keeps no log: start and end are UMA's observations.
"""

import os
from dataclasses import dataclass
from typing import Final

from uma.feeds.files import read_head, read_optional
from uma.feeds.moments import moment
from uma.feeds.storage.details.model import Mover
from uma.host import Host

MAX_PID_DIGITS: Final = 10
MAX_COMMAND_BYTES: Final = 4096
COMMAND: Final = b"mover"
"""Part of the command line of each mover, Mover Tuning's too."""
CLOCK_SECONDS: Final = 2.0
"""Imprecision of a process's start, of which the kernel gives the boot in seconds."""


@dataclass(slots=True)
class MoverLog:
    """Observed start and end of the mover, in Unix time."""

    started_at: float | None = None
    finished_at: float | None = None

    def note(self, started_at: float | None, *, now: float) -> None:
        """Note that the mover has been running since *started_at*, or that it does not
        run.
        """
        if started_at is None and self.started_at is not None:
            self.finished_at = now
        self.started_at = started_at

    def mover(self, schedule: str | None) -> Mover:
        """Return the mover as a part of the message."""
        return Mover(
            running=self.started_at is not None,
            started_at=None if self.started_at is None else moment(self.started_at),
            last_finished_at=None if self.finished_at is None else moment(self.finished_at),
            schedule=schedule,
        )


def read_mover_start(host: Host) -> float | None:
    """Read the mover's start in Unix time; None if it does not run. Blocks."""
    path = host.root / "var/run/mover.pid"
    pid = parse_pid(read_optional(path))
    command = None if pid is None else read_head(host.proc / str(pid) / "cmdline", MAX_COMMAND_BYTES)
    if not command:
        return None
    try:
        written = path.stat().st_mtime
    except OSError:
        return None
    if COMMAND in command:
        return written
    began = parse_start(
        read_optional(host.proc / str(pid) / "stat"), read_optional(host.proc / "stat"), os.sysconf("SC_CLK_TCK")
    )
    return None if began is None or began > written + CLOCK_SECONDS else written


def parse_pid(text: str) -> int | None:
    """Parse a pid file."""
    word = text.strip()
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= MAX_PID_DIGITS else None


def parse_start(process: str, machine: str, ticks: int) -> float | None:
    """Parse a process's start in Unix time from ``/proc/PID/stat``, whose 22nd field is
    *ticks* a second since the boot, and ``btime`` of ``/proc/stat``.
    """
    # The command before the last bracket may contain brackets and blanks.
    fields = process.rpartition(")")[2].split()
    boot = next((line.split()[1:] for line in machine.splitlines() if line.startswith("btime ")), [])
    numbers = (*fields[19:20], *boot[:1])
    if len(numbers) < 2 or not all(number.isascii() and number.isdecimal() for number in numbers):
        return None
    return int(numbers[1]) + int(numbers[0]) / ticks
