"""Faults that keep emhttpd's files from being used, and the time until one is reported.

Each rewrite in place leaves a file empty, then cut, for an instant: that is normal,
and must not make health flap.
"""

from dataclasses import dataclass
from typing import Final

from uma.feeds.storage.torn_reads.snapshot import FileStamps, Snapshot

PATIENCE: Final = 4
"""Looks at the same damaged files until they are reported, 0.3 s."""
URGENT_LOOKS: Final = 10
"""Looks, 1 s, until damaged files that change are reported,
and after which every fault is looked at less often.
"""
URGENT_NUDGES: Final = 100
"""The same for looks that a nudge asks for: of files that never rest, each look is a
chance to find them whole.
"""


@dataclass(frozen=True, slots=True)
class ReadFault:
    """A fault: ``since`` when (monotonic seconds) the files can't be
    used, in how many looks.

    ``damages`` counts the last looks that all saw damage, ``same_damages`` those of
    them with the same ``stamps``. ``is_absence``: the files have never been there, as
    before emhttpd has started.
    """

    detail: str
    since: float
    looks: int
    damages: int
    same_damages: int
    stamps: FileStamps | None
    is_absence: bool
    is_reported: bool
    standing: Snapshot | None = None
    """The last good snapshot, as long as it holds."""

    @property
    def is_passing(self) -> bool:
        """True while so few looks have seen it that the next one may see it over."""
        return self.looks < PATIENCE

    @property
    def is_urgent(self) -> bool:
        """True while to look again in a moment."""
        return self.looks < URGENT_LOOKS and not self.is_absence

    @property
    def is_worth_each_nudge(self) -> bool:
        """True while each nudge is worth a look."""
        return self.looks < URGENT_NUDGES


def fault_after(
    before: ReadFault | None, detail: str, *, at: float, damaged: FileStamps | None, is_absence: bool = False
) -> ReadFault:
    """Return the fault after a look *at* a time;
    *damaged* are stamps of damaged files.
    """
    if before is None or (before.is_absence and not is_absence):
        before = ReadFault(
            "", since=at, looks=0, damages=0, same_damages=0, stamps=None, is_absence=False, is_reported=False
        )
    damages = 0 if damaged is None else before.damages + 1
    same_damages = before.same_damages + 1 if damaged is not None and damaged == before.stamps else min(damages, 1)
    return ReadFault(
        detail,
        since=before.since,
        looks=before.looks + 1,
        damages=damages,
        same_damages=same_damages,
        stamps=damaged,
        is_absence=is_absence,
        # What was reported stays so until all is well, whatever it turns into.
        is_reported=before.is_reported or is_absence or same_damages >= PATIENCE or damages >= URGENT_LOOKS,
    )
