"""Source of the array, its pools and devices: emhttpd's files, sent within a second of
a change.

emhttpd rewrites its files each second while a browser shows the webGUI, mostly
unchanged, so an inotify event alone is not a change. ``torn_reads`` finds changes and
partial reads. Only those files are opened, so no disk is touched.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog

from uma.aio.deadline import within
from uma.aio.ticks import tick_after
from uma.errors import Unreadable
from uma.feeds.feed import Publish, Report
from uma.feeds.storage.array import Array
from uma.feeds.storage.emhttp import EmhttpState
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.nvme_limits import NvmeLimits
from uma.feeds.storage.status import UNKNOWN, Smart, joined
from uma.feeds.storage.torn_reads import TIMING, Clock, ReadFault, Snapshot, StableReader, Timing, read_stable
from uma.feeds.watch import watch_folder
from uma.host import Host

Watch = Callable[[Path, Callable[[], None]], Awaitable[None]]

Seated = Callable[[Mapping[str, str]], None]
"""Called with the ids of the drives by slot name, after a drive was replaced."""

NAMES: Final = ("NAME", "version", "SYS_MODEL", "regTy")
"""Keys of var.ini with the server's names, which other feeds publish."""

NO_SMART: Final[Smart] = MappingProxyType({})

log = structlog.get_logger()


class StorageSource:
    """Publishes StorageStatus at once, after each change,
    and every *interval* seconds.
    """

    name = "storage"

    def __init__(
        self,
        *,
        host: Host,
        interval: float = 30.0,
        smart: Callable[[], Smart] = lambda: NO_SMART,
        seated: Seated = lambda _: None,
        renamed: Callable[[], None] = lambda: None,
        clock: Clock = time.monotonic,
        timing: Timing = TIMING,
        watch: Watch = watch_folder,
    ) -> None:
        self.interval = interval
        self._host = host
        self._clock = clock
        self._timing = timing
        self._watch_folder = watch
        self._smart = smart
        self._seated = seated
        self._renamed = renamed
        self._own_limits = NvmeLimits(host)
        self._reader = StableReader(host, clock=clock, timing=timing)
        self.state: EmhttpState | None = None
        """The last valid state; it remains even after it has expired."""
        self._status = UNKNOWN
        self._joined: tuple[Array, Smart] | None = None
        self._drives: Mapping[str, str] = {}
        self._nudged = asyncio.Event()
        self._unwatched: set[Path] = set()
        self._published: StorageStatus | None = None
        self._published_at = clock()

    def nudge(self) -> None:
        """Look at once, at the files and the SMART readings. Call it in the
        event loop.
        """
        self._nudged.set()

    async def run(self, publish: Publish, report: Report) -> None:
        """Observe until cancelled. A fault of the files is reported, never raised."""
        self._published = None
        flash = self._host.flash_config
        async with asyncio.TaskGroup() as group:
            for folder in (self._host.state, flash, flash / "plugins/dynamix"):
                group.create_task(self._watch(folder), name=f"watch {folder.name}")
            is_nudged = True
            while True:
                read = await self._reader.read(is_nudged=is_nudged)
                snapshot = read if isinstance(read, Snapshot) else read.standing
                fault = read if isinstance(read, ReadFault) else None
                await self._join(snapshot)
                self._report_to(report, fault)
                self._publish_to(publish, fault)
                is_nudged = await self._wait(fault)

    async def _join(self, snapshot: Snapshot | None) -> None:
        """Build the message from *snapshot* and SMART's readings, if either is new."""
        if snapshot is None:
            self._status, self._joined = UNKNOWN, None
            return
        array = snapshot.array
        before, self.state = self.state, snapshot.state
        if before is not None and any(before.var.get(key) != self.state.var.get(key) for key in NAMES):
            self._renamed()
        drives = array.drive_ids
        if drives != self._drives:
            self._drives = drives
            self._seated(drives)
            # Reading queries each new NVMe drive once, which can take its time.
            await asyncio.to_thread(self._own_limits.read, array.nvme_drives)
        smart = dict(self._smart())
        if self._joined is None or self._joined[0] is not array or self._joined[1] != smart:
            self._status, self._joined = joined(array, smart, self._own_limits), (array, smart)

    def _report_to(self, report: Report, fault: ReadFault | None) -> None:
        if fault is None:
            report("ok", f"reading {self._host.state}")
        elif fault.is_reported:
            standing = "" if fault.standing is None else "; using the last good state"
            report("unavailable" if fault.is_absence else "failed", fault.detail + standing)

    def _publish_to(self, publish: Publish, fault: ReadFault | None) -> None:
        """Publish the valid state, if it is new or a message is due."""
        now = self._clock()
        status = self._status
        is_first = self._published is None
        if is_first and status is UNKNOWN and fault is not None and fault.is_urgent and not fault.is_reported:
            # Health changes a moment later.
            return
        if status != self._published or now >= self._heartbeat_due():
            publish(status)
            self._published = status
            self._published_at = now

    def _heartbeat_due(self) -> float:
        published = self._published
        is_busy = published is not None and published.parity_check.status == "running"
        return tick_after(
            self._published_at, min(self.interval, self._timing.busy_interval) if is_busy else self.interval
        )

    async def _wait(self, fault: ReadFault | None) -> bool:
        """Sleep until there is work. Return whether a nudge is the reason."""
        next_look = self._reader.next_look(is_watched=not self._unwatched)
        try:
            async with within(max(0.0, min(next_look, self._heartbeat_due()) - self._clock())):
                await self._nudged.wait()
        except TimeoutError:
            return False
        is_urgent = fault is not None and fault.is_worth_each_nudge
        spaced = 0.0 if is_urgent else self._reader.looked_at + self._timing.spacing - self._clock()
        await asyncio.sleep(max(self._timing.settle, spaced))
        self._nudged.clear()
        return True

    async def _watch(self, folder: Path) -> None:
        """Nudge at each change in *folder*; if it can't be watched, look often."""

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
    """Return the state as it is now. Blocks for 2 s at most. Raises Unreadable."""
    read = read_stable(host)
    if isinstance(read, ReadFault):
        raise Unreadable(read.detail)
    own_limits = NvmeLimits(host)
    own_limits.read(read.array.nvme_drives)
    return joined(read.array, smart, own_limits)
