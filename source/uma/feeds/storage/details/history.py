"""Rings of temperatures and usage for a day and a week, in RAM; a restart keeps them in ``/var/run``.

A sleeping disk leaves gaps. Single precision is enough: half a megabyte in 8 TB. A week
of 40 disks takes 200 KB.
"""

import json
import math
import os
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from uma.feeds.feed import Doc

MAX_SERIES: Final = 64
MAX_FILE_BYTES: Final = 2 * 1024 * 1024
DAY: Final = "24h"
WEEK: Final = "7d"
STEPS_SECONDS: Final[Mapping[str, int]] = {DAY: 300, WEEK: 1800}
ROWS: Final[Mapping[str, int]] = {DAY: 288, WEEK: 336}


@dataclass(frozen=True, slots=True)
class StorageHistory:
    """Answer of ``GET /api/v1/storage/history``: columns of equal length."""

    about: ClassVar[str] = "Temperatures and usage over a day or a week, as columns of equal length."

    range: Annotated[str, Doc("24h or 7d.")]
    step_seconds: Annotated[int, Doc("Seconds between two rows.")]
    timestamp: Annotated[tuple[int, ...], Doc("Unix seconds, oldest first.")]
    temperature: Annotated[dict[str, tuple[float | None, ...]], Doc("°C by slot; null while asleep or not known.")]
    used_bytes: Annotated[
        dict[str, tuple[int | None, ...]], Doc("Bytes used by slot of the array, and by pool; null if not known.")
    ]


@dataclass(slots=True)
class Ring:
    """Rows of numbers at a fixed step; a series that is not in a row has a gap there."""

    step: int
    rows: int
    _times: "array[float]" = field(default_factory=lambda: array("d"))
    _series: "dict[str, array[float]]" = field(default_factory=dict)

    def add(self, at: float, values: Mapping[str, float]) -> None:
        """Take *values* of Unix time *at*: they replace those of the same step.

        Rows of a later time go: the clock was set back.
        """
        row = float(at // self.step * self.step)
        while self._times and self._times[-1] > row:
            self._cut(slice(len(self._times) - 1, None))
        if not self._times or self._times[-1] < row:
            self._times.append(row)
            for column in self._series.values():
                column.append(math.nan)
        for name, value in values.items():
            if name not in self._series and len(self._series) < MAX_SERIES:
                self._series[name] = array("f", [math.nan] * len(self._times))
            if name in self._series:
                self._series[name][-1] = value
        self._cut(slice(0, max(0, len(self._times) - self.rows)))
        for name in [name for name, column in self._series.items() if all(map(math.isnan, column))]:
            del self._series[name]

    def times(self) -> tuple[int, ...]:
        """Return the rows' Unix times, oldest first."""
        return tuple(int(at) for at in self._times)

    def columns(self) -> Mapping[str, tuple[float | None, ...]]:
        """Return each series; None is a gap."""
        return {
            name: tuple(None if math.isnan(value) else value for value in column)
            for name, column in self._series.items()
        }

    def points(self, name: str) -> Sequence[tuple[float, float]]:
        """Return the times and values of series *name* without its gaps."""
        column = self._series.get(name, array("f"))
        return [(at, value) for at, value in zip(self._times, column, strict=False) if not math.isnan(value)]

    def restore(self, times: Iterable[float], columns: Mapping[str, Iterable[float | None]], *, now: float) -> None:
        """Fill an empty ring with rows that are neither of the future nor too old."""
        names = [*columns][:MAX_SERIES]
        for at, *values in zip(times, *(columns[name] for name in names), strict=False):
            if now - self.step * self.rows < at <= now:
                found = zip(names, values, strict=True)
                self.add(at, {name: float(value) for name, value in found if value is not None})

    def _cut(self, rows: slice) -> None:
        del self._times[rows]
        for column in self._series.values():
            del column[rows]


def _rings() -> dict[str, Ring]:
    return {name: Ring(step, ROWS[name]) for name, step in STEPS_SECONDS.items()}


@dataclass(slots=True)
class StorageRings:
    """Temperatures and usage of a day and a week."""

    temperature: dict[str, Ring] = field(default_factory=_rings)
    used_bytes: dict[str, Ring] = field(default_factory=_rings)

    def add(self, at: float, *, temperature: Mapping[str, float], used_bytes: Mapping[str, float]) -> None:
        """Take the values of Unix time *at* into every ring."""
        for name in STEPS_SECONDS:
            self.temperature[name].add(at, temperature)
            self.used_bytes[name].add(at, used_bytes)

    def answer(self, name: str) -> StorageHistory:
        """Return the columns of range *name*."""
        temperature, used = self.temperature[name], self.used_bytes[name]
        return StorageHistory(
            range=name,
            step_seconds=STEPS_SECONDS[name],
            timestamp=temperature.times(),
            temperature=dict(temperature.columns()),
            used_bytes={
                slot: tuple(None if value is None else int(value) for value in column)
                for slot, column in used.columns().items()
            },
        )

    def save(self, path: Path) -> None:
        """Write the rings to *path*, for root alone. Blocks. Raises OSError."""
        kept = {
            kind: {name: {"times": ring.times(), "columns": ring.columns()} for name, ring in rings.items()}
            for kind, rings in (("temperature", self.temperature), ("used_bytes", self.used_bytes))
        }
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, separators=(",", ":"))
        new.replace(path)

    def load(self, path: Path, *, now: float) -> None:
        """Read what an earlier life of the daemon saved; what is damaged is left out. Blocks."""
        try:
            with path.open(encoding="utf-8") as file:
                kept = json.loads(file.read(MAX_FILE_BYTES))
            for kind, rings in (("temperature", self.temperature), ("used_bytes", self.used_bytes)):
                for name, ring in rings.items():
                    _restore(ring, kept[kind][name], now=now)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return


def _restore(ring: Ring, kept: Any, *, now: float) -> None:  # noqa: ANN401 - JSON of a file that may be damaged
    ring.restore(kept["times"], kept["columns"], now=now)
