"""Rings of temperatures and usage for a day and a week, in RAM; a restart keeps them in
``/var/run``.

A sleeping disk leaves gaps. A week of 40 disks takes 200 KB of memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

from uma.feeds.feed import Doc
from uma.feeds.rings import Ring

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


def _rings() -> dict[str, Ring]:
    return {name: Ring(step, ROWS[name]) for name, step in STEPS_SECONDS.items()}


@dataclass(slots=True)
class StorageRings:
    """Temperatures and usage of a day and a week."""

    temperature: dict[str, Ring] = field(default_factory=_rings)
    used_bytes: dict[str, Ring] = field(default_factory=_rings)

    def add(self, at: float, *, temperature: Mapping[str, float], used_bytes: Mapping[str, float]) -> None:
        """Add the values of Unix time *at* to every ring."""
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

    def by_name(self) -> Mapping[str, Ring]:
        """Return every ring by its subject, for saving and loading."""
        return {
            f"{kind} {name}": ring
            for kind, rings in (("temperature", self.temperature), ("used_bytes", self.used_bytes))
            for name, ring in rings.items()
        }
