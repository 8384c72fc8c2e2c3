"""Parsers of texts below ``/proc``. Pure; only texts that psutil does not read, or
reads too coarsely.

Facts: proc(5), the kernel's ``Documentation/filesystems/proc.rst``, and OpenZFS's
``arcstats``.
"""

import math
from collections.abc import Mapping

IDLE, IOWAIT = 3, 4
CPU_FIELDS = 8
"""user nice system idle iowait irq softirq steal; the guest times that follow are
included in user and nice.
"""

CpuTimes = Mapping[str, tuple[int, ...]]
"""Ticks by processor: ``cpu`` for all together, then ``cpu0`` and so on, those
online.
"""


def parse_cpu_times(text: str) -> CpuTimes:
    """Parse the ticks of each processor in ``/proc/stat``. Raises ValueError if the
    line for all CPUs is missing.
    """
    rows = (line.split() for line in text.splitlines() if line.startswith("cpu"))
    times = {name: tuple(int(field) for field in fields[:CPU_FIELDS]) for name, *fields in rows}
    if len(times.get("cpu", ())) <= IDLE:
        raise ValueError("no line for all processors")
    return {name: ticks for name, ticks in times.items() if len(ticks) > IDLE}


def busy_percent(before: tuple[int, ...], now: tuple[int, ...]) -> float:
    """Return the share of ticks between two readings in which a processor was not idle,
    with one decimal.
    """
    # Idle and iowait can run backwards by a few ticks (proc(5)).
    spent = [max(0, late - early) for early, late in zip(before, now, strict=False)]
    total = sum(spent)
    idle = sum(spent[IDLE : IOWAIT + 1])
    return round(100 * (total - idle) / total, 1) if total else 0.0


def parse_arc(text: str) -> tuple[int | None, int | None]:
    """Parse ``arcstats`` into the size of ZFS's cache and its reclaimable part, above
    its minimum, in bytes; None if unknown.
    """
    rows = (line.split() for line in text.splitlines())
    held = {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[2].isdecimal()}
    if "size" not in held:
        return None, None
    return held["size"], max(0, held["size"] - held.get("c_min", 0))


def parse_numbers(text: str, count: int) -> tuple[float, ...]:
    """Parse the first *count* words as numbers;
    zeros unless all are present and finite.
    """
    try:
        numbers = tuple(float(word) for word in text.split()[:count])
    except ValueError:
        numbers = ()
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else (0.0,) * count
