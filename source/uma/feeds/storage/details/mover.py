"""Unraid's mover: it runs while ``/var/run/mover.pid`` names a living process.

A crash leaves the file behind; Mover Tuning writes the same one. It keeps no log:
start and end are what was seen.
"""

from dataclasses import dataclass
from typing import Final

from uma.feeds.files import read_optional
from uma.feeds.moments import moment
from uma.feeds.storage.details.model import Mover
from uma.host import Host

MAX_PID_DIGITS: Final = 10


@dataclass(slots=True)
class MoverLog:
    """Start and end of the mover, as far as they were seen. Times are Unix time."""

    started_at: float | None = None
    finished_at: float | None = None

    def note(self, started_at: float | None, *, now: float) -> None:
        """Note that the mover runs since *started_at*, or does not run."""
        if started_at is None and self.started_at is not None:
            self.finished_at = now
        self.started_at = started_at

    def mover(self, schedule: str | None) -> Mover:
        """Return the mover as the message has it."""
        return Mover(
            running=self.started_at is not None,
            started_at=None if self.started_at is None else moment(self.started_at),
            last_finished_at=None if self.finished_at is None else moment(self.finished_at),
            schedule=schedule,
        )


def read_mover_start(host: Host) -> float | None:
    """Return since when the mover runs, in Unix time; None if it does not. Blocks."""
    path = host.root / "var/run/mover.pid"
    pid = parse_pid(read_optional(path))
    if pid is None or not (host.proc / str(pid)).is_dir():
        return None
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def parse_pid(text: str) -> int | None:
    """Parse a pid file."""
    word = text.strip()
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= MAX_PID_DIGITS else None
