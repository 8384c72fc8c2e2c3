"""Samples of an hour, a day and a week as columns, so that a chart is full at its first
paint.
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from uma.feeds.rings import Kept, Ring
from uma.feeds.system.model import SystemStats

RETAINED_SECONDS = 3600
HOUR, DAY, WEEK = "1h", "24h", "7d"
RANGES = (HOUR, DAY, WEEK)

COLUMNS = (
    "timestamp",
    "cpu_percent",
    "memory_percent",
    "memory_used",
    "load_average",
    "read_bytes_per_sec",
    "write_bytes_per_sec",
    "bytes_sent_per_sec",
    "bytes_recv_per_sec",
    "cpu_temperature",
)

FRACTIONS = frozenset({"cpu_percent", "memory_percent", "load_average", "cpu_temperature"})


class History:
    """The last *capacity* samples: an hour's worth at the sample interval."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        # Doubles in arrays: an hour at 5 s costs 58 KB,
        # where tuples would cost half a megabyte.
        self._columns = {name: array("d") for name in COLUMNS}
        # Means of a minute for a day, and of ten minutes for a week: 90 KB.
        self.rings = {DAY: Ring(60, 1440, is_mean=True), WEEK: Ring(600, 1008, is_mean=True)}

    def add(self, at: float, stats: SystemStats) -> None:
        """Keep *stats* of Unix time *at*; drop the oldest sample above the capacity,
        and those older than an hour.

        Later samples are dropped too: the clock was set back, and a line through both
        would run backwards.
        """
        past = bisect_right(self._columns["timestamp"], at)
        old = bisect_right(self._columns["timestamp"], at - RETAINED_SECONDS)
        values = (
            at,
            stats.cpu_percent,
            stats.memory_percent,
            stats.memory_used,
            stats.load_average[0],
            stats.disk_io.read_bytes_per_sec,
            stats.disk_io.write_bytes_per_sec,
            stats.network_io.bytes_sent_per_sec,
            stats.network_io.bytes_recv_per_sec,
            math.nan if stats.cpu_temperature is None else stats.cpu_temperature,
        )
        for column, value in zip(self._columns.values(), values, strict=True):
            del column[past:]
            column.append(value)
            del column[: max(old, len(column) - self._capacity)]
        means = dict(zip(COLUMNS[1:], values[1:], strict=True))
        if stats.cpu_temperature is None:
            del means["cpu_temperature"]
        for ring in self.rings.values():
            ring.add(at, means)

    @property
    def kept(self) -> Mapping[str, Kept]:
        """Rows that a restart keeps, by range. The hour is last: older files lack
        it.
        """
        return {**self.rings, HOUR: self}

    def times(self) -> tuple[int, ...]:
        """Return the Unix times of the hour's samples, oldest first."""
        return tuple(map(int, self._columns["timestamp"]))

    def restore(self, times: Iterable[float], columns: Mapping[str, Iterable[float | None]], *, now: float) -> None:
        """Fill the empty hour with samples, except those in the future, too old, or
        without a number that each sample has.
        """
        names = COLUMNS[1:]
        for at, *values in zip(times, *(columns[name] for name in names), strict=False):
            numbers = [math.nan if value is None else float(value) for value in values]
            # Larger is damage; only the temperature, the last, may be unknown.
            is_whole = all(abs(number) < 2**63 for number in numbers[:-1]) and not math.isinf(numbers[-1])
            last = self._columns["timestamp"][-1:]
            if is_whole and now - RETAINED_SECONDS < at <= now and (not last or last[0] < at):
                for column, number in zip(self._columns.values(), (float(at), *numbers), strict=True):
                    column.append(number)
        self.resize(self._capacity)

    def resize(self, capacity: int) -> None:
        """Change the capacity."""
        self._capacity = capacity
        for column in self._columns.values():
            del column[: max(0, len(column) - capacity)]

    def columns(self, name: str = HOUR) -> dict[str, Sequence[float | None]]:
        """Return the samples of range *name*, oldest first, as columns of equal length.

        Seconds and bytes are whole; unknown values are None.
        """
        if name == HOUR:
            return {
                name: [None if math.isnan(v) else v for v in column] if name in FRACTIONS else [int(v) for v in column]
                for name, column in self._columns.items()
            }
        ring = self.rings[name]
        columns, gap = ring.columns(), (None,) * len(ring.times())
        return {"timestamp": ring.times()} | {name: _rounded(name, columns.get(name, gap)) for name in COLUMNS[1:]}


def _rounded(name: str, column: Sequence[float | None]) -> Sequence[float | None]:
    digits = 1 if name in FRACTIONS else None
    return [None if value is None else round(value, digits) for value in column]
