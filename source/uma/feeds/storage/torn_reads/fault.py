"""Faults that make emhttpd's files unusable, and the time until one is reported.

Each rewrite in place leaves a file empty, then truncated, for an instant. That is
normal and must not make health flap.
"""

from dataclasses import dataclass
from typing import Final

from uma.feeds.storage.torn_reads.snapshot import FileStamps, Snapshot

PATIENCE: Final = 4
"""Looks at unchanged damaged files before they are reported: 0.3 s."""
URGENT_LOOKS: Final = 10
"""Looks before changing damaged files are reported, 1 s. After them every fault is
looked at less often.
"""
URGENT_NUDGES: Final = 100
"""The same for looks after a nudge: if files change all the time, each look is a chance
to find them whole.
"""


@dataclass(frozen=True, slots=True)
class ReadFault:
    """A fault: the files can't be used ``since`` that monotonic time, in so many
    ``looks``.

    ``damages`` counts the last consecutive looks with damage, ``same_damages`` those
    with the same ``stamps``. ``is_absence``: the files have never existed, as before
    emhttpd has started.
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
    """The last good snapshot, while it is valid."""

    @property
    def is_passing(self) -> bool:
        """True while so few looks have seen it that the next one may find it gone."""
        return self.looks < PATIENCE

    @property
    def is_urgent(self) -> bool:
        """True while the next look should follow in a moment."""
        return self.looks < URGENT_LOOKS and not self.is_absence

    @property
    def is_worth_each_nudge(self) -> bool:
        """True while each nudge is worth a look."""
        return self.looks < URGENT_NUDGES


def fault_after(
    before: ReadFault | None, detail: str, *, at: float, damaged: FileStamps | None, is_absence: bool = False
) -> ReadFault:
    """Return the fault after a look at time *at*; *damaged* are stamps of damaged
    files.
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
        # A reported fault stays reported until the files are usable, even if its kind
        # changes.
        is_reported=before.is_reported or is_absence or same_damages >= PATIENCE or damages >= URGENT_LOOKS,
    )
