"""Kernel's account of a process and its descendants: processor time, wake-ups, memory,
threads.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK = 0.01
"""Seconds in which ``/proc/PID/stat`` counts on Linux."""


@dataclass(frozen=True, slots=True)
class Use:
    """Usage so far: nanoseconds on a processor and waits by thread, seconds of ended children."""

    nanoseconds: dict[int, int]
    waits: dict[int, int]
    ended: float

    def seconds_since(self, before: "Use") -> float:
        """Return the processor seconds used since *before*."""
        return _risen(self.nanoseconds, before.nanoseconds) / 1e9 + self.ended - before.ended

    def wakeups_since(self, before: "Use") -> int:
        """Count how often threads went to sleep, and so were woken, since *before*."""
        return _risen(self.waits, before.waits)


def use_of(pid: int) -> Use:
    """Return the usage so far of *pid*, its descendants and all their threads."""
    nanoseconds: dict[int, int] = {}
    waits: dict[int, int] = {}
    ended = 0.0
    for process in family_of(pid):
        with suppress(OSError):
            ended += parse_ended_children(Path(f"/proc/{process}/stat").read_text())
            for task in Path(f"/proc/{process}/task").iterdir():
                # A thread that has just ended loses its usage since the last look.
                with suppress(OSError):
                    nanoseconds[int(task.name)] = parse_schedstat((task / "schedstat").read_text())
                    waits[int(task.name)] = parse_waits((task / "status").read_text())
    return Use(nanoseconds, waits, ended)


def memory_of(pid: int) -> Counter[str]:
    """Return MB (10^6 bytes) by the kernel's words (Rss, Pss, Anonymous), of *pid* and its descendants."""
    return _sum_of(pid, lambda process: parse_rollup(Path(f"/proc/{process}/smaps_rollup").read_text()))


def threads_of(pid: int) -> int:
    """Count the threads of *pid* and its descendants."""
    count: Counter[str] = _sum_of(pid, lambda process: {"threads": len(list(Path(f"/proc/{process}/task").iterdir()))})
    return int(count["threads"])


def family_of(pid: int) -> Iterator[int]:
    """Return *pid* and all its descendants."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family_of(int(child))


def parse_schedstat(text: str) -> int:
    """Parse the nanoseconds on a processor from ``/proc/PID/task/TID/schedstat``."""
    return int(text.split(maxsplit=1)[0])


def parse_waits(text: str) -> int:
    """Return the voluntary context switches from ``/proc/PID/task/TID/status``."""
    lines = (line.split(":") for line in text.splitlines() if line.startswith("voluntary_ctxt_switches"))
    return int(next(lines)[1])


def parse_ended_children(text: str) -> float:
    """Parse the processor seconds of ended and reaped children from ``/proc/PID/stat``."""
    # The name, in parentheses, may contain blanks and parentheses.
    fields = text.rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * TICK


def parse_rollup(text: str) -> dict[str, float]:
    """Parse MB by the kernel's words from ``/proc/PID/smaps_rollup``."""
    lines = (line.split() for line in text.splitlines()[1:])
    return {words[0].rstrip(":"): int(words[1]) * 1024 / 1e6 for words in lines}


def _risen(now: dict[int, int], before: dict[int, int]) -> int:
    return sum(count - before.get(thread, 0) for thread, count in now.items())


def _sum_of(pid: int, read: Callable[[int], dict[str, float]] | Callable[[int], dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for process in family_of(pid):
        with suppress(OSError):
            for name, value in read(process).items():
                total[name] += value  # type: ignore[assignment]
    return total
