"""Effort of a run: how long each benchmark measures, or only whether it still works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

QUICK_SECONDS = 2
QUICK_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Effort:
    """Seconds that each measurement takes; a quick one runs every line and proves no figure."""

    seconds: int
    is_quick: bool = False

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
