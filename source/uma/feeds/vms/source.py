"""Virtual machines from libvirt's events: connect, list once, follow, and reconnect.

A service that is off, stopped with the array, crashed or restarting is a normal state.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import structlog

from uma.aio.deadline import within
from uma.aio.task_groups import together
from uma.aio.ticks import tick_after
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.feed import Context, Publish, Report, registered
from uma.feeds.vms import protocol
from uma.feeds.vms.machines import Machine, Machines
from uma.feeds.vms.model import DiskTraffic, VmsStatus
from uma.feeds.vms.parse import parse_definition, sample_from, traffic_sum
from uma.feeds.vms.protocol import Domain, LifecycleEvent, Procedure
from uma.feeds.vms.rpc import Libvirt, Refused, Unanswered, connect
from uma.feeds.vms.service import (
    read_absence,
    read_service,
    read_socket_path,
    sockets_folder,
    wait_until_listening,
)
from uma.feeds.vms.xdr import packed, packed_text
from uma.feeds.watch import watch_folder

ROOT: Final = Path("/")
URI: Final = "qemu:///system"
HEARTBEAT_SECONDS: Final = 30.0
UNWATCHED_SECONDS: Final = 3.0
"""Seconds between looks while the service is not running and the kernel has no watch
left.
"""
FIGURES_SECONDS: Final = 5.0
FIRST_GAP_SECONDS: Final = 2.0
"""Seconds from the first sample to the second, before which no percentage is known."""

DISK_SECONDS: Final = 2.0
SLOW_SECONDS: Final = 60.0
"""Pause after a machine did not answer within 2 s: libvirt holds such a call for 30 s,
and accepts no more after the fifth.
"""

log = structlog.get_logger()


class VmsSource:
    """The virtual machines of one host. *uri* and *clock*, monotonic, are for tests."""

    name = "vms"

    def __init__(self, context: Context, *, uri: str = URI, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = context.host
        self._hint = context.hint
        self._demand = context.demand("vms/status")
        self._folder = sockets_folder(context.host)
        self._path = read_socket_path(context.host)
        self._uri = uri
        self._clock = clock
        # Kept over a restart of the source: the numbering of events does not start
        # over.
        self._machines = Machines()
        self._changed = asyncio.Event()
        self._is_folder_changed = False
        self._look_seconds = HEARTBEAT_SECONDS
        self._wake = asyncio.Event()
        self._asked: set[bytes] = set()
        self._slow_until: dict[bytes, float] = {}

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish states and events until cancelled. Raises SourceError."""
        await together(
            libvirt_watch=self._watch,
            libvirt_service=lambda: self._serve(publish, report),
        )

    async def _watch(self) -> NoReturn:
        with registered(self._hint.listeners, self._changed.set):
            try:
                await watch_folder(self._folder, self._note_folder)
            except OSError as error:
                log.warning("libvirt socket not watched", folder=str(self._folder), error=str(error))
                self._look_seconds = UNWATCHED_SECONDS
                self._changed.set()
            await asyncio.Future[NoReturn]()

    def _note_folder(self) -> None:
        self._is_folder_changed = True
        self._changed.set()

    async def _serve(self, publish: Publish, report: Report) -> NoReturn:
        await self._await_service(publish, report)
        try:
            await self._session(publish, report)
        except SourceFailed:
            self._machines.forget_states()
            publish(self._machines.status("running"))
            raise
        except SourceUnavailable:
            self._machines.by_uuid.clear()
            publish(await self._absent())
            raise

    async def _await_service(self, publish: Publish, report: Report) -> None:
        """Return once libvirt listens; until then publish the reason why it
        does not.
        """
        shown: VmsStatus | None = None
        heartbeat_at = 0.0
        while (absence := self._read_absence()) is not None:
            status = await self._absent()
            now = self._clock()
            if status != shown or now >= heartbeat_at:
                publish(status)
                shown = status
                heartbeat_at = tick_after(now, FIGURES_SECONDS if status.demo else HEARTBEAT_SECONDS)
            if status.demo:
                report("ok", "the demo's recorded machines")
            else:
                report("unavailable", absence)
            with suppress(TimeoutError):
                async with within(min(heartbeat_at - now, self._look_seconds)):
                    await self._changed.wait()
                    self._changed.clear()
                    if self._is_folder_changed:
                        # A hint is not about the socket, so one look is enough for it.
                        self._is_folder_changed = False
                        self._path = read_socket_path(self._host)
                        await wait_until_listening(self._path, self._changed)

    def _read_absence(self) -> str | None:
        self._path = read_socket_path(self._host)
        return read_absence(self._path)

    async def _absent(self) -> VmsStatus:
        """Return the message without a libvirt: the reason, or the demo's recording."""
        if self._host.root != ROOT:
            from uma.feeds.vms.demo import read_demo  # noqa: PLC0415 - no server needs it

            demo = await asyncio.to_thread(read_demo, self._host, self._clock())
            if demo is not None:
                return demo
        return VmsStatus(await asyncio.to_thread(read_service, self._host), (), demo=False)

    async def _session(self, publish: Publish, report: Report) -> NoReturn:
        libvirt = await connect(self._path, partial(self._take, publish), self._host.steward)
        try:
            await together(
                libvirt_replies=libvirt.follow,
                libvirt_session=lambda: self._live(libvirt, publish, report),
            )
        finally:
            libvirt.close()

    def _take(self, publish: Publish, event: LifecycleEvent) -> None:
        """Publish *event* and the new state at once; details follow."""
        message = self._machines.take(event)
        self._asked.add(event.domain.uuid)
        self._wake.set()
        if message is not None:
            publish(message)
            publish(self._machines.status("running"))

    async def _live(self, libvirt: Libvirt, publish: Publish, report: Report) -> NoReturn:
        self._machines.by_uuid.clear()
        try:
            await libvirt.open(self._uri)
            self._machines.host_cpus = await libvirt.ask(Procedure.NODE_GET_INFO, protocol.parse_host_cpus)
            await self._reconcile(libvirt)
            publish(self._machines.status("running"))
            report("ok", f"libvirt at {self._path}")
            with registered(self._demand.listeners, self._wake.set):
                await self._follow(libvirt, publish)
        except Refused as error:
            raise SourceFailed(f"libvirt rejected the request: {error}") from error

    async def _follow(self, libvirt: Libvirt, publish: Publish) -> NoReturn:
        heartbeat_at = tick_after(self._clock(), HEARTBEAT_SECONDS)
        figures_at = self._clock()
        while True:
            await self._sleep_until(min(heartbeat_at, figures_at) if self._has_figures_to_keep() else heartbeat_at)
            is_news = bool(self._asked)
            while self._asked:
                await self._inquire(libvirt, self._asked.pop())
            now = self._clock()
            if now >= figures_at and self._has_figures_to_keep():
                figures_at = now + await self._measure(libvirt)
                is_news = True
            if now >= heartbeat_at:
                await self._reconcile(libvirt)
                heartbeat_at, is_news = tick_after(now, HEARTBEAT_SECONDS), True
            if is_news:
                publish(self._machines.status("running"))

    def _has_figures_to_keep(self) -> bool:
        """Return True if figures are wanted, or old ones must still be cleared."""
        return self._demand.wanted or any(machine.now for machine in self._machines.by_uuid.values())

    async def _sleep_until(self, moment: float) -> None:
        with suppress(TimeoutError):
            async with within(max(0.0, moment - self._clock())):
                await self._wake.wait()
        self._wake.clear()

    async def _reconcile(self, libvirt: Libvirt) -> None:
        """Request all machines, the details of unknown ones, and autostart.

        Autostart has no event. The request also shows whether libvirt still answers.
        """
        machines = self._machines
        domains = await libvirt.ask(Procedure.CONNECT_LIST_ALL_DOMAINS, protocol.parse_domains, packed(1, 0))
        # An event may have added one since the list was made.
        machines.keep_only({domain.uuid for domain in domains} | self._asked)
        for domain in domains:
            known = machines.by_uuid.get(domain.uuid)
            if known is None or known.info is None or known.domain != domain:
                await self._inquire(libvirt, domain.uuid, domain)
        starting = await libvirt.ask(
            Procedure.CONNECT_LIST_ALL_DOMAINS, protocol.parse_domains, packed(1, protocol.AUTOSTART)
        )
        machines.learn_autostart(domain.uuid for domain in starting)

    async def _inquire(self, libvirt: Libvirt, uuid: bytes, domain: Domain | None = None) -> None:
        """Request the details of one machine, which may be gone by now."""
        known = self._machines.by_uuid.get(uuid)
        domain = domain or (known.domain if known else None)
        if domain is None:
            return
        try:
            xml = await libvirt.ask(Procedure.DOMAIN_GET_XML_DESC, protocol.parse_text, domain.packed + packed(0))
            info = await libvirt.ask(Procedure.DOMAIN_GET_INFO, protocol.parse_info, domain.packed)
        except Refused as error:
            log.debug("machine not described", machine=domain.name, reason=str(error))
            return
        # A machine that an event changed in the meantime is requested again.
        if uuid not in self._asked:
            self._machines.learn(domain, info, parse_definition(xml))

    async def _measure(self, libvirt: Libvirt) -> float:
        """Take or drop figures; return the seconds until the next time."""
        if not self._demand.wanted:
            self._machines.forget_figures()
            return 0.0
        flags = protocol.ACTIVE_ONLY | protocol.NO_WAIT
        records = await libvirt.ask(
            Procedure.CONNECT_GET_ALL_DOMAIN_STATS, protocol.parse_statistics, protocol.stats_body(flags)
        )
        at = self._clock()
        for machine in self._machines.active():
            uuid = machine.domain.uuid
            if uuid in records:
                domain, statistics = records[uuid]
                disk_io = await self._read_disks(libvirt, machine, at)
                self._machines.measure(uuid, sample_from(statistics, life=domain.id, at=at), disk_io)
        is_first = any(machine.before is None for machine in self._machines.active())
        return FIRST_GAP_SECONDS if is_first else FIGURES_SECONDS

    async def _read_disks(self, libvirt: Libvirt, machine: Machine, now: float) -> DiskTraffic | None:
        """Return the traffic of a running machine's disks, one by one.

        Unlike block devices in the statistics this opens no image: it only queries
        qemu.
        """
        uuid = machine.domain.uuid
        targets = machine.definition.disks
        if targets is None or now < self._slow_until.get(uuid, now):
            return None
        blocks = []
        try:
            for target in targets:
                body = machine.domain.packed + packed_text(target)
                blocks.append(
                    await libvirt.ask(Procedure.DOMAIN_BLOCK_STATS, protocol.parse_block, body, seconds=DISK_SECONDS)
                )
        except Refused:
            return None
        except Unanswered as error:
            log.warning("disk figures given up", machine=machine.domain.name, reason=str(error))
            self._slow_until[uuid] = now + SLOW_SECONDS
            return None
        read, written = traffic_sum(blocks)
        return DiskTraffic(read_bytes=read, write_bytes=written)
