"""Reader of emhttpd's files, as rarely and cheaply as possible.

A look is a stat of each file. Texts are compared after a nudge or a changed stamp, and
parsed only if they differ. Files are read in a thread, since the flash drive can be
slow.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, cast

from uma.aio.ticks import tick_after
from uma.errors import Unreadable
from uma.feeds.storage.array import array_from
from uma.feeds.storage.emhttp import EmhttpTexts, parse_state, read_texts
from uma.feeds.storage.torn_reads.fault import PATIENCE, ReadFault, fault_after
from uma.feeds.storage.torn_reads.snapshot import FileStamps, Snapshot, read_stamps
from uma.feeds.storage.torn_reads.validator import RESTLESS, SnapshotValidator
from uma.host import Host

RESTLESS_SECONDS: Final = 0.06
"""Seconds in which one look reads files repeatedly while they are being written."""
FRESH_SECONDS: Final = 1.0
"""Seconds after a write in which usable files are read again soon, even after a long
fault.
"""
MAX_TRIES: Final = 20
"""Looks of ``read_stable`` until it believes a reading; ``PATIENCE`` of them at
unusable files.
"""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Timing:
    """Intervals in seconds."""

    settle: float = 0.05
    """From a nudge to the look, so that files written one after the other are read
    together.
    """
    spacing: float = 0.25
    """Pause between looks during continuous nudges."""
    rest: float = 0.005
    """Pause after a read during which no file may change: longer than a write takes,
    and much shorter than the gaps of a writer that rewrites the files 50 times a
    second.
    """
    agreement: float = 0.1
    doubt: float = 0.4
    short: float = 0.6
    """These three: see ``validator``."""
    last_good: float = 10.0
    """Time for which the last good state stays valid."""
    retry: float = 1.0
    """Pause between looks at files that had a fault for a second. In that second, and
    in the one after usable files were written, looks are ``agreement`` apart, so that a
    recovery shows within a second.
    """
    look: float = 30.0
    """Pause between looks without a nudge; each change of a file causes a nudge."""
    unwatched_look: float = 0.5
    """The same where the kernel has no inotify watch left."""
    rewatch: float = 60.0
    """Pause between attempts to get one."""
    busy_interval: float = 5.0
    """Between messages while a parity operation runs."""


TIMING: Final = Timing()


class StableReader:
    """Reader of the files that remembers its last valid reading and the
    current fault.
    """

    def __init__(self, host: Host, *, clock: Clock = time.monotonic, timing: Timing = TIMING) -> None:
        self.looked_at = clock()
        self.fault: ReadFault | None = None
        self._host = host
        self._clock = clock
        self._timing = timing
        self._validator = SnapshotValidator(agreement=timing.agreement, doubt=timing.doubt, short=timing.short)
        self._has_been_good = False
        self._doubted: FileStamps | None = None
        self._doubted_at = -FRESH_SECONDS

    @property
    def standing(self) -> Snapshot | None:
        """The last good snapshot; None if there is none, or it has expired."""
        return None if self._is_lost() else self._validator.believed

    def next_look(self, *, is_watched: bool) -> float:
        """Return the time of the next look without a nudge."""
        timing, fault = self._timing, self.fault
        if fault is None or fault.is_absence:
            return tick_after(self.looked_at, timing.look if is_watched else timing.unwatched_look)
        lost_at = fault.since + timing.last_good
        is_urgent = fault.is_urgent or self.looked_at - self._doubted_at < FRESH_SECONDS
        retry_at = self.looked_at + (timing.agreement if is_urgent else timing.retry)
        return min(retry_at, lost_at) if lost_at > self.looked_at else retry_at

    async def read(self, *, is_nudged: bool) -> Snapshot | ReadFault:
        """Read the files if they have changed. Return the valid snapshot, or
        the fault.
        """
        await self._look(is_nudged=is_nudged)
        standing = self.standing
        if self.fault is not None:
            return replace(self.fault, standing=standing)
        # Without a fault there is a valid snapshot.
        return cast(Snapshot, standing)

    async def _look(self, *, is_nudged: bool) -> None:
        self.looked_at = self._clock()
        known = self._validator.believed
        if known is not None and self.fault is None and not is_nudged:
            stamps = await asyncio.to_thread(read_stamps, self._host)
            if stamps == known.stamps:
                return
        try:
            snapshot = await asyncio.to_thread(
                observe, self._host, known=known, clock=self._clock, rest=self._timing.rest
            )
        except Unreadable as error:
            await self._note_unreadable(str(error))
            return
        doubt = RESTLESS if snapshot is None else self._validator.weigh(snapshot)
        if doubt is None:
            self.fault = None
            self._has_been_good = True
        else:
            if snapshot is not None and snapshot.stamps != self._doubted:
                self._doubted, self._doubted_at = snapshot.stamps, self.looked_at
            self._note(doubt.detail, damaged=snapshot.stamps if snapshot is not None and doubt.is_damage else None)

    async def _note_unreadable(self, detail: str) -> None:
        stamps = await asyncio.to_thread(read_stamps, self._host)
        is_absence = not self._has_been_good and stamps.var is None and stamps.disks is None
        self._note(detail, damaged=stamps, is_absence=is_absence)
        if self._is_lost() and (stamps.var is None or stamps.disks is None):
            self._validator.forget()

    def _note(self, detail: str, *, damaged: FileStamps | None, is_absence: bool = False) -> None:
        self.fault = fault_after(self.fault, detail, at=self.looked_at, damaged=damaged, is_absence=is_absence)
        if self._is_lost():
            self.fault = replace(self.fault, is_reported=True)

    def _is_lost(self) -> bool:
        """Return whether the last good state has expired."""
        fault = self.fault
        if fault is None or fault.is_passing:
            return False
        return self.looked_at >= fault.since + self._timing.last_good


def read_stable(host: Host) -> Snapshot | ReadFault:
    """Return the current state, or the reason for none. Blocks for 0.1 to 2 s."""
    validator = SnapshotValidator(agreement=TIMING.agreement, doubt=TIMING.doubt)
    fault: ReadFault | None = None
    unusable = 0
    for _ in range(MAX_TRIES):
        try:
            snapshot = observe(host, known=None, clock=time.monotonic, rest=TIMING.rest)
        except Unreadable as error:
            fault = fault_after(fault, str(error), at=time.monotonic(), damaged=None)
            unusable += 1
            if unusable == PATIENCE:
                break
        else:
            doubt = RESTLESS if snapshot is None else validator.weigh(snapshot)
            if doubt is None and validator.believed is not None:
                return validator.believed
            detail = RESTLESS.detail if doubt is None else doubt.detail
            fault = fault_after(fault, detail, at=time.monotonic(), damaged=None)
        time.sleep(TIMING.agreement)
    return cast(ReadFault, fault)


def observe(host: Host, *, known: Snapshot | None, clock: Clock, rest: float) -> Snapshot | None:
    """Return a reading of files that were not written during it, nor *rest* seconds
    after.

    If only numbers have changed, the files need not rest.

    None if the files don't rest. Blocks. Raises Unreadable if they rest and can't be
    used.
    """
    end = time.monotonic() + RESTLESS_SECONDS
    while True:
        stamps = read_stamps(host)
        reading, damage = None, None
        try:
            texts = read_texts(host)
            now = clock()
            if read_stamps(host) == stamps:
                reading = _snapshot_of(texts, known=known, stamps=stamps, at=now)
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
    """Return whether no file is written for *rest* seconds. A write shows at once."""
    end = time.monotonic() + rest
    while read_stamps(host) == stamps:
        if time.monotonic() >= end:
            return True
        time.sleep(rest / 5)
    return False


def _snapshot_of(texts: EmhttpTexts, *, known: Snapshot | None, stamps: FileStamps, at: float) -> Snapshot:
    """Parse *texts*, unless they equal those of *known*. Raises Unreadable."""
    if known is not None and texts == known.texts:
        return replace(known, stamps=stamps, at=at)
    state = parse_state(texts)
    return Snapshot(texts=texts, state=state, array=array_from(state), stamps=stamps, at=at)
