"""Rings of numbers at a fixed step, in RAM; a restart keeps them in ``/var/run``.

Single precision is enough: its error is half a megabyte in 8 TB.
"""

import json
import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from uma.fence.whole_files import write_whole

MAX_SERIES: Final = 64
MAX_FILE_BYTES: Final = 2 * 1024 * 1024


class Kept(Protocol):
    """Rows of numbers that a restart keeps."""

    def times(self) -> tuple[int, ...]:
        """Return the rows' Unix times, oldest first."""

    def columns(self) -> Mapping[str, Sequence[float | None]]:
        """Return each series; None marks a gap."""

    def restore(self, times: Iterable[float], columns: Mapping[str, Iterable[float | None]], *, now: float) -> None:
        """Take rows of an earlier life, except those in the future or too old."""


@dataclass(slots=True)
class Ring:
    """Rows of numbers at a fixed step. A series that a row lacks has a gap there.

    A row holds the last value of its step, or the mean of all values with ``is_mean``.
    """

    step: int
    rows: int
    is_mean: bool = False
    _times: "array[float]" = field(default_factory=lambda: array("d"))
    _series: "dict[str, array[float]]" = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    """Number of values in the newest row's mean, by key."""

    def add(self, at: float, values: Mapping[str, float]) -> None:
        """Add *values* of Unix time *at* to the row of their step.

        Later rows are removed, since the clock was set back, and so are those before
        the span: a server without a battery for its clock boots in another year.
        """
        row = float(at // self.step * self.step)
        while self._times and self._times[-1] > row:
            self._cut(slice(len(self._times) - 1, None))
        if not self._times or self._times[-1] < row:
            self._times.append(row)
            self._counts.clear()
            for column in self._series.values():
                column.append(math.nan)
        for name, value in values.items():
            if name not in self._series and len(self._series) < MAX_SERIES:
                self._series[name] = array("f", [math.nan] * len(self._times))
            if name in self._series:
                self._take(self._series[name], name, value)
        self._cut(slice(0, bisect_right(self._times, row - self.step * self.rows)))
        for name in [name for name, column in self._series.items() if all(map(math.isnan, column))]:
            del self._series[name]

    def times(self) -> tuple[int, ...]:
        """Return the rows' Unix times, oldest first."""
        return tuple(int(at) for at in self._times)

    def columns(self) -> Mapping[str, tuple[float | None, ...]]:
        """Return each series; None marks a gap."""
        return {
            name: tuple(None if math.isnan(value) else value for value in column)
            for name, column in self._series.items()
        }

    def points(self, name: str) -> Sequence[tuple[float, float]]:
        """Return the times and values of series *name* without its gaps."""
        column = self._series.get(name, array("f"))
        return [(at, value) for at, value in zip(self._times, column, strict=False) if not math.isnan(value)]

    def restore(self, times: Iterable[float], columns: Mapping[str, Iterable[float | None]], *, now: float) -> None:
        """Fill an empty ring with rows, except those in the future or too old."""
        names = [*columns][:MAX_SERIES]
        for at, *values in zip(times, *(columns[name] for name in names), strict=False):
            if now - self.step * self.rows < at <= now:
                found = zip(names, values, strict=True)
                # Larger is damage; infinite, it could be written nowhere.
                self.add(at, {name: float(value) for name, value in found if value is not None and abs(value) < 2**63})

    def _take(self, column: "array[float]", name: str, value: float) -> None:
        count = self._counts.get(name, 0) + 1 if self.is_mean and not math.isnan(column[-1]) else 1
        column[-1] = value if count == 1 else column[-1] + (value - column[-1]) / count
        self._counts[name] = count

    def _cut(self, rows: slice) -> None:
        del self._times[rows]
        for column in self._series.values():
            del column[rows]


def save_rings(rings: Mapping[str, Kept], path: Path) -> None:
    """Write *rings* to *path*, for root alone. Blocks. Raises OSError."""
    kept = {name: {"times": ring.times(), "columns": ring.columns()} for name, ring in rings.items()}
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, json.dumps(kept, separators=(",", ":")))


def load_rings(rings: Mapping[str, Kept], path: Path, *, now: float) -> None:
    """Fill *rings* from the file of ``save_rings``, without rows that are damaged, in
    the future or too old. Blocks.
    """
    try:
        with path.open(encoding="utf-8") as file:
            kept = json.loads(file.read(MAX_FILE_BYTES))
        for name, ring in rings.items():
            _restore(ring, kept[name], now=now)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return


def _restore(ring: Kept, kept: Any, *, now: float) -> None:  # noqa: ANN401 - JSON of a file that may be damaged
    ring.restore(kept["times"], kept["columns"], now=now)
