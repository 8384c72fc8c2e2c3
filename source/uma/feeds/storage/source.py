"""Publishes the array, its pools and devices from emhttpd's files: within a second of a change, and every so often.

emhttpd rewrites its files each second while a browser shows the webGUI, mostly unchanged, so that a nudge by inotify is
no change yet. ``poller`` finds out what has changed, ``belief`` whether it was read whole. No disk is touched: nothing
is opened but those files.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from uma.aio.deadline import within
from uma.errors import Unreadable
from uma.feeds.source import Publish, Report
from uma.feeds.storage.fault import PATIENCE
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.nvme_limits import NvmeLimits
from uma.feeds.storage.poller import NO_SMART, TIMING, Clock, Seated, Smart, StatePoller, Timing, observe
from uma.feeds.storage.status import UNKNOWN
from uma.feeds.storage.torn_reads import RESTLESS, SnapshotValidator
from uma.feeds.watch import watch_folder
from uma.host import Host

Watch = Callable[[Path, Callable[[], None]], Awaitable[None]]

SNAPSHOT_TRIES: Final = 20
"""How often a snapshot looks until it believes, and no more than ``PATIENCE`` times at unusable files."""

log = structlog.get_logger()


class StorageSource:
    """Publishes StorageStatus at once, after each change, and every *interval* seconds (may be set at any time)."""

    name = "storage"

    def __init__(
        self,
        *,
        host: Host,
        interval: float = 30.0,
        smart: Callable[[], Smart] = lambda: NO_SMART,
        seated: Seated = lambda _: None,
        clock: Clock = time.monotonic,
        timing: Timing = TIMING,
        watch: Watch = watch_folder,
    ) -> None:
        self.interval = interval
        self._host = host
        self._clock = clock
        self._timing = timing
        self._watch_folder = watch
        self._poller = StatePoller(host=host, smart=smart, clock=clock, timing=timing, seated=seated)
        self._nudged = asyncio.Event()
        self._unwatched: set[Path] = set()
        self._published: StorageStatus | None = None
        self._published_at = clock()

    def nudge(self) -> None:
        """Look at once, at the files and at the SMART readings. Not thread-safe: to be called on the event loop."""
        self._nudged.set()

    async def run(self, publish: Publish, report: Report) -> None:
        """Observe until cancelled. Whatever is wrong with the files is reported, never raised."""
        self._published = None
        flash = self._host.flash_config
        async with asyncio.TaskGroup() as group:
            for folder in (self._host.state, flash, flash / "plugins/dynamix"):
                group.create_task(self._watch(folder), name=f"watch {folder.name}")
            is_nudged = True
            while True:
                await self._poller.look(is_nudged=is_nudged)
                self._report_to(report)
                self._publish_to(publish)
                is_nudged = await self._wait()

    def _report_to(self, report: Report) -> None:
        fault = self._poller.fault
        if fault is None:
            report("ok", f"reading {self._host.state}")
        elif fault.is_reported:
            standing = "" if self._poller.status is UNKNOWN else "; the last good state stands"
            report("unavailable" if fault.is_absence else "failed", fault.detail + standing)

    def _publish_to(self, publish: Publish) -> None:
        """Publish the state that stands, if it is new or a message is due."""
        now = self._clock()
        status, fault = self._poller.status, self._poller.fault
        is_first = self._published is None
        if is_first and status is UNKNOWN and fault is not None and fault.is_urgent and not fault.is_reported:
            # A moment later there is more to say.
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
        next_look = self._poller.next_look(is_watched=not self._unwatched)
        try:
            async with within(max(0.0, min(next_look, self._heartbeat_due()) - self._clock())):
                await self._nudged.wait()
        except TimeoutError:
            return False
        fault = self._poller.fault
        is_urgent = fault is not None and fault.is_worth_each_nudge
        spaced = 0.0 if is_urgent else self._poller.looked_at + self._timing.spacing - self._clock()
        await asyncio.sleep(max(self._timing.settle, spaced))
        self._nudged.clear()
        return True

    async def _watch(self, folder: Path) -> None:
        """Be nudged by changes in *folder*; where the kernel can't, look often instead."""

        def nudge() -> None:
            self._unwatched.discard(folder)
            self.nudge()

        while True:
            try:
                await self._watch_folder(folder, nudge)
            except OSError as error:
                log.warning("folder not watched", folder=str(folder), error=str(error))
                self._unwatched.add(folder)
                self.nudge()
                await asyncio.sleep(self._timing.rewatch)


def snapshot(host: Host, smart: Smart) -> StorageStatus:
    """The state as it is now. Blocks for 0.1 s, or 2 s at most. Raises Unreadable when there is none to believe."""
    belief = SnapshotValidator(agreement=TIMING.agreement, doubt=TIMING.doubt)
    own_limits = NvmeLimits(host)
    detail, unusable = RESTLESS.detail, 0
    for _ in range(SNAPSHOT_TRIES):
        try:
            reading = observe(host, smart, known=None, clock=time.monotonic, rest=TIMING.rest, own_limits=own_limits)
        except Unreadable:
            unusable += 1
            if unusable == PATIENCE:
                raise
        else:
            doubt = RESTLESS if reading is None else belief.weigh(reading)
            if doubt is not None:
                detail = doubt.detail
            elif belief.reading is not None:
                return belief.reading.status
        time.sleep(TIMING.agreement)
    raise Unreadable(detail)
