"""Looks at emhttpd's files, as seldom and cheaply as will do; knows what is believed, and what is wrong.

A look is a stat of each file, a comparison of texts after a nudge or when a stamp has changed, and parsing only when
the texts differ. Files are read in a thread, since the flash drive can be slow.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from uma.errors import Unreadable
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.emhttp import EmhttpTexts, drive_ids, parse_state, read_texts
from uma.feeds.storage.fault import ReadFault, fault_after
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.nvme_limits import NONE, NvmeLimits, OwnLimits
from uma.feeds.storage.snapshot import FileStamps, Reading, read_stamps
from uma.feeds.storage.status import UNKNOWN, status_from
from uma.feeds.storage.torn_reads import RESTLESS, SnapshotValidator
from uma.host import Host

Clock = Callable[[], float]
Smart = Mapping[str, SmartReading]
"""The newest SMART reading of each drive that has one, by its name in disks.ini or devs.ini."""

Seated = Callable[[Mapping[str, str]], None]
"""Called with the ids of the drives by slot name, when another drive sits in a slot."""

NO_SMART: Final[Smart] = MappingProxyType({})

RESTLESS_TIME: Final = 0.06
"""Seconds in which files are read again and again in one look, because they were just being written."""

FRESH: Final = 1.0
"""Seconds after a write in which usable files are read again soon, however long there has been a fault before."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long looking may take, in seconds."""

    settle: float = 0.05
    """From a nudge to the look, so that files written one after the other are read together."""
    spacing: float = 0.25
    """Between looks when nudges never cease."""
    rest: float = 0.005
    """How long no file is written after a reading: longer than a write takes, and much shorter than the pauses of a
    writer that rewrites the files 50 times a second."""
    agreement: float = 0.1
    doubt: float = 0.4
    short: float = 0.6
    """These three: see ``belief``."""
    last_good: float = 10.0
    """How long the last good state stands."""
    retry: float = 1.0
    """Between looks at files that had a fault for a second. In that second, and in one after usable files have been
    written, looks are ``agreement`` apart: what comes back is to be seen within a second too."""
    look: float = 10.0
    """Between looks without a nudge."""
    unwatched_look: float = 0.5
    """The same where the kernel has no inotify watch left."""
    rewatch: float = 60.0
    """Between tries to get one."""
    busy_interval: float = 5.0
    """Between messages while a parity operation runs."""


TIMING: Final = Timing()


class StatePoller:
    """What the files said when last looked at."""

    def __init__(
        self,
        *,
        host: Host,
        smart: Callable[[], Smart],
        clock: Clock,
        timing: Timing,
        seated: Seated = lambda _: None,
    ) -> None:
        self.looked_at = clock()
        self.fault: ReadFault | None = None
        self._host = host
        self._smart = smart
        self._smart_used: Smart = NO_SMART
        self._own_limits = NvmeLimits(host)
        self._clock = clock
        self._timing = timing
        self._seated = seated
        self._drives: Mapping[str, str] = {}
        self._belief = SnapshotValidator(agreement=timing.agreement, doubt=timing.doubt, short=timing.short)
        self._has_been_good = False
        self._doubted: FileStamps | None = None
        self._doubted_at = -FRESH

    @property
    def status(self) -> StorageStatus:
        """The state that stands: the last good one, or ``UNKNOWN`` where there is none or its time is over."""
        reading = self._belief.reading
        return UNKNOWN if reading is None or self._is_lost() else reading.status

    def next_look(self, *, is_watched: bool) -> float:
        """When to look again if no nudge comes."""
        timing, fault = self._timing, self.fault
        if fault is None or fault.is_absence:
            return self.looked_at + (timing.look if is_watched else timing.unwatched_look)
        lost_at = fault.since + timing.last_good
        is_urgent = fault.is_urgent or self.looked_at - self._doubted_at < FRESH
        retry_at = self.looked_at + (timing.agreement if is_urgent else timing.retry)
        return min(retry_at, lost_at) if lost_at > self.looked_at else retry_at

    async def look(self, *, is_nudged: bool) -> None:
        """Read the files unless they are known not to have changed, and believe them or note the fault with them."""
        self.looked_at = self._clock()
        smart = self._join_smart()
        known = self._belief.reading
        if known is not None and self.fault is None and not is_nudged:
            stamps = await asyncio.to_thread(read_stamps, self._host)
            if stamps == known.stamps:
                return
        try:
            reading = await asyncio.to_thread(
                observe,
                self._host,
                smart,
                known=known,
                clock=self._clock,
                rest=self._timing.rest,
                own_limits=self._own_limits,
            )
        except Unreadable as error:
            await self._note_unreadable(str(error))
            return
        doubt = RESTLESS if reading is None else self._belief.weigh(reading)
        if doubt is None:
            self.fault = None
            self._has_been_good = True
            self._seat_drives()
        else:
            if reading is not None and reading.stamps != self._doubted:
                self._doubted, self._doubted_at = reading.stamps, self.looked_at
            self._note(doubt.detail, damaged=reading.stamps if reading is not None and doubt.is_damage else None)

    def _join_smart(self) -> Smart:
        """Join SMART's readings of now to the believed state, if they are new. Returns them."""
        smart = dict(self._smart())
        if smart != self._smart_used:
            self._smart_used = smart
            self._belief.revise(lambda state: status_from(state, smart, self._own_limits))
        return smart

    def _seat_drives(self) -> None:
        """Tell SMART's source which drives sit in the slots, when some are others than before."""
        reading = self._belief.reading
        drives = {} if reading is None else drive_ids(reading.state)
        if drives != self._drives:
            self._drives = drives
            self._seated(drives)
            self._join_smart()

    async def _note_unreadable(self, detail: str) -> None:
        stamps = await asyncio.to_thread(read_stamps, self._host)
        is_absence = not self._has_been_good and stamps.var is None and stamps.disks is None
        self._note(detail, damaged=stamps, is_absence=is_absence)
        if self._is_lost() and (stamps.var is None or stamps.disks is None):
            self._belief.forget()

    def _note(self, detail: str, *, damaged: FileStamps | None, is_absence: bool = False) -> None:
        self.fault = fault_after(self.fault, detail, at=self.looked_at, damaged=damaged, is_absence=is_absence)
        if self._is_lost():
            self.fault = replace(self.fault, is_reported=True)

    def _is_lost(self) -> bool:
        """Whether the last good state does not stand any more."""
        fault = self.fault
        if fault is None or fault.is_passing:
            return False
        return self.looked_at >= fault.since + self._timing.last_good


def observe(
    host: Host,
    smart: Smart,
    *,
    known: Reading | None,
    clock: Clock,
    rest: float,
    own_limits: OwnLimits = lambda *_: NONE,
) -> Reading | None:
    """A reading of files that were not written meanwhile and, unless only numbers have moved, for *rest* seconds after.

    None where the files don't rest. Blocks. Raises Unreadable when they rest and can't be used.
    """
    end = time.monotonic() + RESTLESS_TIME
    while True:
        stamps = read_stamps(host)
        reading, damage = None, None
        try:
            texts = read_texts(host)
            now = clock()
            if read_stamps(host) == stamps:
                reading = _reading_of(texts, smart, own_limits, known=known, stamps=stamps, at=now)
        except Unreadable as error:
            damage = error
        if reading is not None and known is not None and reading.moves_only_numbers(known):
            return reading
        if _rests(host, stamps, rest):
            if damage is not None:
                raise damage
            return reading
        if time.monotonic() > end:
            return None


def _rests(host: Host, stamps: FileStamps, rest: float) -> bool:
    """Whether no file is written for *rest* seconds. A write shows at once: what follows it has the longest quiet."""
    end = time.monotonic() + rest
    while read_stamps(host) == stamps:
        if time.monotonic() >= end:
            return True
        time.sleep(rest / 5)
    return False


def _reading_of(
    texts: EmhttpTexts, smart: Smart, own_limits: OwnLimits, *, known: Reading | None, stamps: FileStamps, at: float
) -> Reading:
    """Parse *texts*, unless they say the same as *known*. Raises Unreadable."""
    if known is not None and texts == known.texts:
        return replace(known, stamps=stamps, at=at)
    state = parse_state(texts)
    return Reading(texts=texts, state=state, status=status_from(state, smart, own_limits), stamps=stamps, at=at)
