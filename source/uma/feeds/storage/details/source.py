"""Publishes storage's details and events after each new ``storage/status``.

It looks at each status, and when the mover or a scrub starts or ends. Its only timer is
for rates on demand. No disk is touched and no program is started.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from uma.aio.deadline import within
from uma.aio.ticks import sleep_to_tick
from uma.counted import counted
from uma.feeds import ini
from uma.feeds.feed import Context, Publish, Report, registered
from uma.feeds.files import read_optional
from uma.feeds.moments import moment
from uma.feeds.rings import load_rings, save_rings
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage import INTERVAL
from uma.feeds.storage.changes import Change, changes_between, every_disk
from uma.feeds.storage.details import STATUS
from uma.feeds.storage.details.awake import AwakeLog
from uma.feeds.storage.details.boot import read_is_read_only
from uma.feeds.storage.details.devices import boot_disks_from, mount_errors_from, parse_identity, pool_errors
from uma.feeds.storage.details.hints import watch_mover_and_scrubs
from uma.feeds.storage.details.history import WEEK, StorageRings
from uma.feeds.storage.details.model import BootDisk, DiskDetails, StorageDetails, StorageEvent
from uma.feeds.storage.details.mover import MoverLog, read_mover_start
from uma.feeds.storage.details.pacing import HEARTBEAT_SECONDS, Pacing
from uma.feeds.storage.details.pools import KernelPool, pools_from, read_kernel_pools
from uma.feeds.storage.details.rates import Rates, read_traffic
from uma.feeds.storage.details.state import read_state
from uma.feeds.storage.details.trend import full_in_days
from uma.feeds.storage.details.watched import NAMES, changes_of, watched_from, watched_values
from uma.feeds.storage.model import Disk, PoolDisk, StorageStatus

DETAILS: Final = "storage/details"
RATES_SECONDS: Final = 5.0
FIRST_GAP_SECONDS: Final = 2.0
"""Seconds from the first sample to the second, before which no rate is known."""
SAVE_SECONDS: Final = 1800.0

Watch = Callable[[Path, Callable[[], None]], Awaitable[None]]

log = structlog.get_logger()


class StorageDetailsSource:
    """Publishes StorageDetails and StorageEvent. Its observations are kept over a
    reload.
    """

    name = "storage-details"

    def __init__(
        self,
        context: Context,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        watch: Watch = watch_mover_and_scrubs,
    ) -> None:
        self.rings = StorageRings()
        self._context = context
        self._clock = clock
        self._wall = wall
        self._watch_host = watch
        self._mover = MoverLog()
        self._awake = AwakeLog()
        self._rates = Rates()
        self._status: StorageStatus | None = None
        self._pacing = Pacing(clock)
        self._pool_states: dict[str, str | None] = {}
        self._selected: Mapping[str, Collection[int]] = {}
        self._mount_errors: Mapping[str, str] = {}
        self._watched: dict[tuple[str, str | None, str | None], Mapping[str, int]] = {}
        self._seq = 0
        self._file = context.host.own_folder / "storage-history.json"
        self._saved_at: float | None = None
        self._noted_at: float | None = None
        self._news = asyncio.Event()

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish until cancelled."""
        if self._saved_at is None:
            await asyncio.to_thread(load_rings, self.rings.by_name(), self._file, now=self._wall())
            self._saved_at = self._clock()
        self._pacing.begin()
        # Else each status causes a look, which comes as often.
        seconds = HEARTBEAT_SECONDS if self._context.settings.of(INTERVAL) > HEARTBEAT_SECONDS else None
        self._news.set()
        try:
            with registered(self._context.listeners(STATUS), self._news.set):
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._watch(), name="watch mover")
                    group.create_task(self._look_when_wanted(), name="storage rates")
                    while True:
                        with suppress(TimeoutError):
                            async with within(seconds):
                                await self._news.wait()
                        self._news.clear()
                        await self._look(publish, report)
        finally:
            self._save()

    async def _look(self, publish: Publish, report: Report) -> None:
        status = self._context.newest(STATUS)
        if not isinstance(status, StorageStatus):
            # So for a moment at each start, which the log need not have.
            report("starting", "storage/status has nothing yet")
            return
        if status.array_status == "unknown":
            report("unavailable", "the array's state is unknown")
            return
        now = self._wall()
        kernel, started_at, schedule, boot = await asyncio.to_thread(self._read, status, now)
        self._note(status, now)
        mover_was_running = self._mover.started_at is not None
        self._mover.note(started_at, now=now)
        details = self._details(status, kernel, schedule=schedule, boot=boot, now=now)
        is_first = self._status is None
        for change in () if self._status is None else changes_between(self._status, status):
            self._publish_event(publish, change)
        self._status = status
        for change in () if is_first else self._other_changes(details, mover_was_running=mover_was_running):
            self._publish_event(publish, change)
        self._watch_smart(publish, status)
        self._pool_states = {pool.name: pool.state for pool in details.pools}
        if self._pacing.is_due(details):
            publish(details)
            self._pacing.note(details)
        report("ok", f"{counted(len(details.disks), 'device')}, {counted(len(details.pools), 'pool')}")
        if self._saved_at is not None and self._clock() - self._saved_at > SAVE_SECONDS:
            self._saved_at = self._clock()
            await asyncio.to_thread(self._save)

    def _read(
        self, status: StorageStatus, now: float
    ) -> tuple[dict[str, KernelPool], float | None, str | None, tuple[BootDisk, ...]]:
        host = self._context.host
        if self._context.demand(DETAILS).wanted:
            self._rates.note(read_traffic(host), self._clock())
        else:
            self._rates.forget()
        var, disks = read_state(host, getattr(self._context.source(STATUS), "state", None))
        own = ini.parse(read_optional(host.flash_config / "smart-one.cfg"))
        general = ini.parse(read_optional(host.flash_config / "smart-all.cfg")).get("", {})
        self._selected = watched_from(disks, own, general)
        self._mount_errors = mount_errors_from(disks, status)
        return (
            dict(read_kernel_pools(host, status, disks, now=now)),
            read_mover_start(host),
            var.get("shareMoverSchedule") or None,
            boot_disks_from(disks, status, read_only=read_is_read_only(host)),
        )

    def _note(self, status: StorageStatus, now: float) -> None:
        disks = tuple(every_disk(status))
        at = self._clock()
        self._awake.note(disks, now, elapsed=math.inf if self._noted_at is None else at - self._noted_at)
        self._noted_at = at
        usage = {_series(disk): float(disk.used_bytes) for disk in disks if disk.used_bytes is not None}
        temperature = {disk.name: float(disk.temperature) for disk in disks if disk.temperature is not None}
        self.rings.add(now, temperature=temperature, used_bytes=usage)

    def _details(
        self,
        status: StorageStatus,
        kernel: dict[str, KernelPool],
        *,
        schedule: str | None,
        boot: tuple[BootDisk, ...],
        now: float,
    ) -> StorageDetails:
        as_of = moment(now) or ""
        return StorageDetails(
            disks=tuple(self._disk(disk, kernel) for disk in every_disk(status)),
            pools=tuple(pools_from(status, kernel, as_of=as_of, full_in_days=self._full_in_days)),
            boot_disks=boot,
            mover=self._mover.mover(schedule),
        )

    def _disk(self, disk: Disk, kernel: dict[str, KernelPool]) -> DiskDetails:
        model, tail = parse_identity(disk.id)
        day = self._awake.day(disk)
        base = (disk.device_base or "").removeprefix("/dev/")
        read, written = self._rates.current.get(base, (None, None))
        return DiskDetails(
            name=disk.name,
            model=model,
            serial_tail=tail,
            spun_up_since=None if day is None or day[0] is None else moment(day[0]),
            spin_ups_today=None if day is None else day[1],
            awake_seconds_today=None if day is None else day[2],
            read_bytes_per_sec=read,
            write_bytes_per_sec=written,
            full_in_days=self._full_in_days(disk),
            pool_errors=pool_errors(disk, kernel),
            watched_attributes={name: value for name, value in self._watched_values(disk).items() if value > 0},
            failing_attributes=getattr(self._readings.get(disk.name), "failing", ()),
            mount_error=self._mount_errors.get(disk.name),
        )

    def _full_in_days(self, disk: Disk) -> float | None:
        if disk.used_bytes is None or disk.free_bytes is None:
            return None
        points = self.rings.used_bytes[WEEK].points(_series(disk))
        return full_in_days(points, size=disk.used_bytes + disk.free_bytes, used=disk.used_bytes)

    def _other_changes(self, details: StorageDetails, *, mover_was_running: bool) -> Iterable[Change]:
        for pool in details.pools:
            before = self._pool_states.get(pool.name)
            # The state of a pool that was or is not mounted has not changed.
            if None not in (before, pool.state) and before != pool.state:
                yield Change("pool_state_changed", pool.name, before, pool.state, f"{pool.name} is {pool.state}")
        if details.mover.running and not mover_was_running:
            yield Change("mover_started", "mover", None, None, "the mover has started")
        elif mover_was_running and not details.mover.running:
            yield Change("mover_finished", "mover", None, None, "the mover has finished")

    def _publish_event(self, publish: Publish, change: Change) -> None:
        self._seq += 1
        publish(
            StorageEvent(
                action=change.action,
                subject=change.subject,
                from_=change.before,
                to=change.after,
                detail=change.detail,
                seq=self._seq,
            )
        )

    def _watch_smart(self, publish: Publish, status: StorageStatus) -> None:
        """Publish changes of SMART values, for drives that stayed in their slots."""
        watched = {(disk.name, disk.device_base, disk.id): self._watched_values(disk) for disk in every_disk(status)}
        for drive, values in watched.items():
            for change in changes_of(drive[0], self._watched.get(drive, {}), values):
                self._publish_event(publish, change)
        # A reading may be missing for a moment: the known values stay.
        self._watched = {drive: values or self._watched.get(drive, {}) for drive, values in watched.items()}

    def _watched_values(self, disk: Disk) -> Mapping[str, int]:
        return watched_values(self._readings.get(disk.name), self._selected.get(disk.name, tuple(NAMES)))

    @property
    def _readings(self) -> Mapping[str, SmartReading]:
        """Return the drives' SMART readings by slot name, from the source of
        storage/status.
        """
        readings: Mapping[str, SmartReading] = getattr(self._context.source(STATUS), "readings", {})
        return readings

    async def _look_when_wanted(self) -> None:
        demand = self._context.demand(DETAILS)
        while True:
            await demand.until_wanted()
            self._news.set()
            await sleep_to_tick(RATES_SECONDS if self._rates.samples > 1 else FIRST_GAP_SECONDS)

    async def _watch(self) -> None:
        while True:
            try:
                await self._watch_host(self._context.host.root, self._news.set)
            except OSError as error:
                # The storage status comes at least every 30 s anyway.
                log.warning("mover and scrubs not watched", error=str(error))
                await asyncio.sleep(60)

    def _save(self) -> None:
        if not self._context.host.keeps_history:
            return
        try:
            save_rings(self.rings.by_name(), self._file)
        except OSError as error:
            log.debug("history not saved", path=str(self._file), reason=str(error))


def _series(disk: Disk) -> str:
    return disk.pool if isinstance(disk, PoolDisk) else disk.name
