"""Publishes the array, its pools and devices from emhttpd's files: within a second of a change, and every so often.

Looks are cheap: a stat of each file every 10 s, and a comparison of texts when inotify says that something was written
(emhttpd rewrites its files each second while a browser shows the webGUI, mostly unchanged). Only texts that differ are
parsed, and only what ``belief`` holds for whole is published. No disk is touched: nothing is opened but these files.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog

from uma.errors import Unreadable
from uma.host import Host
from uma.model.smart import SmartReading
from uma.model.storage import StorageStatus
from uma.sources import Publish, Report
from uma.sources.belief import Belief
from uma.sources.emhttp import parse_state, read_texts
from uma.sources.reading import Reading, read_marks
from uma.sources.status import UNKNOWN, status_from
from uma.sources.watch import watch_folder

Clock = Callable[[], float]
Smart = Mapping[str, SmartReading]
"""The newest SMART reading of each drive that has one, by its name in disks.ini or devs.ini."""

NO_SMART: Final[Smart] = MappingProxyType({})
TRIES: Final = 5
"""How often a reading may be spoilt by a write in its midst; each takes a millisecond."""
SNAPSHOT_TRIES: Final = 20
SNAPSHOT_UNREADABLE_TRIES: Final = 5
"""How often a snapshot looks until it believes, and how often of these the files may be unusable."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds."""

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
    patience: float = 0.3
    """How long files must be unusable before health says so: the empty file of an ordinary rewrite is no news."""
    doubt_patience: float = 1.0
    """The same for files that can be read but are not believed yet."""
    last_good: float = 10.0
    """How long the last good state stands."""
    retry: float = 1.0
    """Between looks at files that have been unusable for longer than that."""
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
    """Why the files can't be used, since when and from when on that is told; ``is_absence``: they never were there."""

    detail: str
    since: float
    told_from: float
    is_absence: bool


class StorageSource:
    """Publishes StorageStatus at once, after each change, and every *interval* seconds."""

    name = "storage"

    def __init__(
        self,
        *,
        host: Host,
        interval: float = 30.0,
        smart: Callable[[], Smart] = lambda: NO_SMART,
        clock: Clock = time.monotonic,
        timing: Timing = TIMING,
    ) -> None:
        self.interval = interval
        self._host = host
        self._smart = smart
        self._smart_used: Smart = NO_SMART
        self._clock = clock
        self._timing = timing
        self._belief = Belief(agreement=timing.agreement, doubt=timing.doubt)
        self._has_been_good = False
        self._trouble: Trouble | None = None
        self._nudged = asyncio.Event()
        self._unwatched: set[Path] = set()
        self._looked_at = clock()
        self._published: StorageStatus | None = None
        self._published_at = clock()

    def nudge(self) -> None:
        """Look at once, at the files and at the SMART readings. Not thread-safe: to be called on the event loop."""
        self._nudged.set()

    async def run(self, publish: Publish, report: Report) -> None:
        """Observe until cancelled. Whatever is wrong with the files is reported, never raised."""
        self._published = None
        self._trouble = None
        flash = self._host.flash_config
        async with asyncio.TaskGroup() as group:
            for folder in (self._host.state, flash, flash / "plugins/dynamix"):
                group.create_task(self._watch(folder), name=f"watch {folder.name}")
            is_nudged = True
            while True:
                await self._look(is_nudged=is_nudged)
                self._tell(publish, report)
                is_nudged = await self._wait()

    async def _look(self, *, is_nudged: bool) -> None:
        """Read the files unless they are known not to have changed, and believe them or note the trouble with them."""
        self._looked_at = self._clock()
        smart = dict(self._smart())
        if smart != self._smart_used:
            self._smart_used = smart
            self._belief.revise(lambda state: status_from(state, smart))
        known = self._belief.reading
        try:
            is_due = known is None or is_nudged or self._trouble is not None
            if known is not None and not is_due and known.marks == await asyncio.to_thread(read_marks, self._host):
                return
            reading = await asyncio.to_thread(_read, self._host, smart, known, self._clock)
            if not self._belief.is_familiar(reading):
                await asyncio.sleep(self._timing.rest)
                marks = await asyncio.to_thread(read_marks, self._host)
                reading = replace(reading, is_rested=marks == reading.marks)
            doubt = self._belief.weigh(reading)
        except Unreadable as error:
            marks = await asyncio.to_thread(read_marks, self._host)
            is_absence = not self._has_been_good and marks.var is None and marks.disks is None
            self._note(str(error), 0.0 if is_absence else self._timing.patience, is_absence=is_absence)
            if self._is_lost(self._looked_at) and None in (marks.var, marks.disks):
                self._belief.forget()
        else:
            self._note(doubt, self._timing.doubt_patience)

    def _note(self, detail: str | None, patience: float, *, is_absence: bool = False) -> None:
        if detail is None:
            self._trouble = None
            self._has_been_good = True
        else:
            since = self._looked_at if self._trouble is None else self._trouble.since
            self._trouble = Trouble(detail, since, since + patience, is_absence)

    def _is_lost(self, now: float) -> bool:
        """Whether the last good state does not stand any more."""
        return self._trouble is not None and now >= self._trouble.since + self._timing.last_good

    def _tell(self, publish: Publish, report: Report) -> None:
        """Report how the files are, and publish what there is to say if it is new or due."""
        now = self._clock()
        trouble, reading = self._trouble, self._belief.reading
        status: StorageStatus | None
        if reading is not None and not self._is_lost(now):
            status, standing = reading.status, "; the last good state stands"
        else:
            status, standing = UNKNOWN, ""
        if trouble is None:
            report("ok", f"reading {self._host.state}")
        elif now >= trouble.told_from:
            report("unavailable" if trouble.is_absence else "failed", trouble.detail + standing)
        elif status is UNKNOWN and self._published is None:
            # The first readings: a moment later there is more to say.
            return
        if status != self._published or now >= self._heartbeat_due():
            publish(status)
            self._published = status
            self._published_at = now

    def _heartbeat_due(self) -> float:
        published = self._published
        is_busy = published is not None and published.parity_check.status == "running"
        return self._published_at + (min(self.interval, self._timing.busy_interval) if is_busy else self.interval)

    async def _wait(self) -> bool:
        """Sleep until there is something to do. Returns whether a nudge is the reason."""
        try:
            async with asyncio.timeout(max(0.0, self._deadline() - self._clock())):
                await self._nudged.wait()
        except TimeoutError:
            return False
        since = self._clock() - self._looked_at
        is_urgent = self._trouble is not None and self._looked_at < self._trouble.since + self._timing.retry
        await asyncio.sleep(max(self._timing.settle, 0.0 if is_urgent else self._timing.spacing - since))
        self._nudged.clear()
        return True

    def _deadline(self) -> float:
        timing, trouble = self._timing, self._trouble
        look = timing.unwatched_look if self._unwatched else timing.look
        if trouble is None or trouble.is_absence:
            return min(self._heartbeat_due(), self._looked_at + look)
        is_fresh = self._looked_at < trouble.since + timing.retry
        lost_at = trouble.since + timing.last_good
        return min(
            self._looked_at + (timing.agreement if is_fresh else timing.retry),
            lost_at if lost_at > self._looked_at else math.inf,
            self._heartbeat_due(),
        )

    async def _watch(self, folder: Path) -> None:
        """Be nudged by changes in *folder*; where the kernel can't, look often instead."""

        def nudge() -> None:
            self._unwatched.discard(folder)
            self.nudge()

        while True:
            try:
                await watch_folder(folder, nudge)
            except OSError as error:
                log.warning("folder not watched", folder=str(folder), error=str(error))
                self._unwatched.add(folder)
                self.nudge()
                await asyncio.sleep(self._timing.rewatch)


def snapshot(host: Host, smart: Smart) -> StorageStatus:
    """The state as it is now. Blocks for 0.1 s, or 2 s at most. Raises Unreadable when there is none to believe."""
    belief = Belief(agreement=TIMING.agreement, doubt=TIMING.doubt)
    unusable = 0
    for _ in range(SNAPSHOT_TRIES):
        try:
            reading = _read(host, smart, None, time.monotonic)
        except Unreadable as error:
            unusable += 1
            if unusable == SNAPSHOT_UNREADABLE_TRIES:
                raise
            doubt: str | None = str(error)
        else:
            time.sleep(TIMING.rest)
            doubt = belief.weigh(replace(reading, is_rested=read_marks(host) == reading.marks))
            if doubt is None:
                return reading.status
        time.sleep(TIMING.agreement)
    raise Unreadable(doubt)


def _read(host: Host, smart: Smart, known: Reading | None, clock: Clock) -> Reading:
    """Read and parse the files; what says the same as *known* is not parsed again. Blocks. Raises Unreadable."""
    for _ in range(TRIES):
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
