"""Looks at emhttpd's files, as seldom and cheaply as will do; knows what is believed, and what is wrong with them.

A look is a stat of each file, a comparison of texts when there was a nudge or a mark has changed, and parsing only when
the texts differ. Files are read in a thread, since the flash drive can be slow.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from uma.errors import Unreadable
from uma.host import Host
from uma.model.smart import SmartReading
from uma.model.storage import StorageStatus
from uma.sources.belief import Belief
from uma.sources.emhttp import parse_state, read_texts
from uma.sources.reading import Reading, read_marks
from uma.sources.status import UNKNOWN, status_from

Clock = Callable[[], float]
Smart = Mapping[str, SmartReading]
"""The newest SMART reading of each drive that has one, by its name in disks.ini or devs.ini."""

NO_SMART: Final[Smart] = MappingProxyType({})

READ_TRIES: Final = 5
"""How often a reading may be spoilt by a write in its midst; each takes a millisecond."""
PATIENCE: Final = 4
"""Looks at damaged files until they are reported, 0.3 s: the empty file of an ordinary rewrite is no news."""
URGENT_LOOKS: Final = 10
"""Looks, 1 s, after which files that are not believed are looked at less often."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long looking may take, in seconds."""

    settle: float = 0.06
    """From a nudge to the look, so that files written one after the other are read together."""
    spacing: float = 0.25
    """Between looks when nudges never cease."""
    rest: float = 0.01
    """How long no file is written after a rested reading: longer than a write takes, and shorter than the pauses of a
    writer that rewrites the files 50 times a second."""
    agreement: float = 0.1
    doubt: float = 0.4
    """These two: see ``belief``."""
    last_good: float = 10.0
    """How long the last good state stands."""
    retry: float = 1.0
    """Between looks at files that were not believed in the first ``URGENT_LOOKS``, which are ``agreement`` apart."""
    look: float = 10.0
    """Between looks without a nudge."""
    unwatched_look: float = 0.5
    """The same where the kernel has no inotify watch left."""
    rewatch: float = 60.0
    """Between tries to get one."""
    busy_interval: float = 5.0
    """Between messages while a parity operation runs."""


TIMING: Final = Timing()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the files can't be used, in how many looks since when, and from which one on that is reported.

    ``is_absence``: they have never been there, as before emhttpd has started.
    """

    detail: str
    since: float
    looks: int
    reported_from: float
    is_absence: bool

    @property
    def is_reported(self) -> bool:
        """Whether it has lasted long enough to be no passing state of a rewrite."""
        return self.looks >= self.reported_from

    @property
    def is_urgent(self) -> bool:
        """Whether it may be over in a moment."""
        return self.looks < URGENT_LOOKS and not self.is_absence


class Lookout:
    """What the files said when last looked at."""

    def __init__(self, *, host: Host, smart: Callable[[], Smart], clock: Clock, timing: Timing) -> None:
        self.looked_at = clock()
        self.trouble: Trouble | None = None
        self._host = host
        self._smart = smart
        self._smart_used: Smart = NO_SMART
        self._clock = clock
        self._timing = timing
        self._belief = Belief(agreement=timing.agreement, doubt=timing.doubt)
        self._has_been_good = False

    @property
    def status(self) -> StorageStatus:
        """The state that stands: the last good one, or ``UNKNOWN`` where there is none or its time is over."""
        reading = self._belief.reading
        return UNKNOWN if reading is None or self._is_lost() else reading.status

    def next_look(self, *, is_watched: bool) -> float:
        """When to look again if no nudge comes."""
        timing, trouble = self._timing, self.trouble
        if trouble is None or trouble.is_absence:
            return self.looked_at + (timing.look if is_watched else timing.unwatched_look)
        lost_at = trouble.since + timing.last_good
        retry_at = self.looked_at + (timing.agreement if trouble.is_urgent else timing.retry)
        return min(retry_at, lost_at) if lost_at > self.looked_at else retry_at

    async def look(self, *, is_nudged: bool) -> None:
        """Read the files unless they are known not to have changed, and believe them or note the trouble with them."""
        self.looked_at = self._clock()
        smart = dict(self._smart())
        if smart != self._smart_used:
            self._smart_used = smart
            self._belief.revise(lambda state: status_from(state, smart))
        known = self._belief.reading
        is_quiet = known is not None and self.trouble is None and not is_nudged
        if is_quiet and known is not None and known.marks == await asyncio.to_thread(read_marks, self._host):
            return
        try:
            reading = await asyncio.to_thread(observe, self._host, smart, known=known, clock=self._clock)
        except Unreadable as error:
            await self._note_unreadable(str(error))
        else:
            await self._weigh(reading)

    async def _weigh(self, reading: Reading) -> None:
        if not self._belief.is_familiar(reading):
            await asyncio.sleep(self._timing.rest)
            marks = await asyncio.to_thread(read_marks, self._host)
            reading = replace(reading, is_rested=marks == reading.marks)
        doubt = self._belief.weigh(reading)
        if doubt is None:
            self.trouble = None
            self._has_been_good = True
        else:
            self._note(doubt.detail, PATIENCE if doubt.is_damage else math.inf)

    async def _note_unreadable(self, detail: str) -> None:
        marks = await asyncio.to_thread(read_marks, self._host)
        is_absence = not self._has_been_good and marks.var is None and marks.disks is None
        self._note(detail, 1 if is_absence else PATIENCE, is_absence=is_absence)
        if self._is_lost() and (marks.var is None or marks.disks is None):
            self._belief.forget()

    def _note(self, detail: str, reported_from: float, *, is_absence: bool = False) -> None:
        before = self.trouble
        if before is None or (before.is_absence and not is_absence):
            self.trouble = Trouble(detail, self.looked_at, 1, reported_from, is_absence)
        else:
            # What was reported stays so, whatever it turns into.
            reported_from = 0 if before.is_reported else reported_from
            self.trouble = Trouble(detail, before.since, before.looks + 1, reported_from, is_absence)
        if self._is_lost():
            self.trouble = replace(self.trouble, reported_from=0)

    def _is_lost(self) -> bool:
        """Whether the last good state does not stand any more."""
        trouble = self.trouble
        if trouble is None or trouble.looks < PATIENCE:
            return False
        return self.looked_at >= trouble.since + self._timing.last_good


def observe(host: Host, smart: Smart, *, known: Reading | None, clock: Clock) -> Reading:
    """Read the files and parse them, unless they say the same as *known*. Blocks. Raises Unreadable."""
    for _ in range(READ_TRIES):
        before = read_marks(host)
        texts = read_texts(host)
        marks = read_marks(host)
        if marks == before:
            break
    else:
        raise Unreadable("var.ini and disks.ini are being rewritten without a pause")
    now = clock()
    if known is not None and texts == known.texts:
        return replace(known, marks=marks, at=now, is_rested=False)
    state = parse_state(texts)
    return Reading(texts=texts, state=state, status=status_from(state, smart), marks=marks, at=now)
