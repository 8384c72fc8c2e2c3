"""Effort of a run: how long each benchmark measures, or only whether it still works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

QUICK_SECONDS = 2
QUICK_PAUSE = 1.0

CYCLE_SECONDS = 60
"""Seconds in which an idle daemon does everything that it repeats: most of it twice, all feeds at the same moment."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Seconds that each measurement takes; a quick one runs every line and proves no figure."""

    seconds: int
    is_quick: bool = False

    @property
    def whole_cycles(self) -> int:
        """Return the seconds to measure an idle daemon, in whole cycles: 15 s may have all of its work, or none."""
        return self.seconds if self.is_quick else -(-self.seconds // CYCLE_SECONDS) * CYCLE_SECONDS

    def pause(self, seconds: float) -> float:
        """Return the seconds to wait for something to settle: *seconds*, or almost none."""
        return min(seconds, QUICK_PAUSE) if self.is_quick else seconds

    def times(self, count: int, quick: int = 1) -> int:
        """Return the number of repetitions: *count*, or *quick* in a quick run."""
        return min(count, quick) if self.is_quick else count

    def some(self, cases: Sequence[T], quick: int = 1) -> Sequence[T]:
        """Return *cases*, only the first *quick* of them in a quick run."""
        return cases[:quick] if self.is_quick else cases


def quick() -> Effort:
    """Return the effort of a smoke test."""
    return Effort(QUICK_SECONDS, is_quick=True)
