"""Docker's containers: list and inspect once, follow their events, measure on demand.

Figures come from the containers' cgroups, never from ``docker stats`` (moby#39664). The
list never asks for sizes, for which Docker would walk all layers.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from uma.aio.deadline import within
from uma.aio.task_groups import together
from uma.aio.ticks import sleep_to_tick, tick_after
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.blocking import BlockingReads
from uma.feeds.docker.alerts.judge import Judge
from uma.feeds.docker.client import DockerApi, docker_at
from uma.feeds.docker.containers.cgroups import read_cpus, read_samples
from uma.feeds.docker.containers.demo import read_demo
from uma.feeds.docker.containers.image_storage import read_image_storage
from uma.feeds.docker.containers.inspector import Inspector
from uma.feeds.docker.containers.model import ContainersStatus
from uma.feeds.docker.containers.parse import Record, parse_list
from uma.feeds.docker.containers.table import WATCHED_ACTIONS, Containers
from uma.feeds.docker.containers.unraid import UnraidFiles, read_service, read_unraid_files
from uma.feeds.docker.containers.unraid_changes import follow_unraid_files
from uma.feeds.docker.events import ContainerEvent, Lines, parse_event, version_from
from uma.feeds.docker.socket import (
    BRISK,
    BRISK_TRIES,
    find_absence,
    has_gone,
    read_age,
    read_identity,
    wait_until_replaced,
    watch_socket,
)
from uma.feeds.feed import Demand, Publish, Report, Source, registered
from uma.host import Host

HEARTBEAT_SECONDS: Final = 30.0
FIGURES_SECONDS: Final = 5.0
FIRST_GAP_SECONDS: Final = 2.0
"""Seconds from the first sample to the second, before which no rate is known."""

COALESCED_SECONDS: Final = 0.1
"""Seconds that a change waits for its inspect and for other changes: the containers of
a compose stack start together.
"""

SETTLE_SECONDS: Final = 0.2
"""Seconds for which a stream must have been open to count as working."""

POLL_SECONDS: Final = 10.0
"""Seconds between looks at the socket without a hint."""


class ContainersSource:
    """The containers of the Docker at *socket*, with the host's files about them.

    *demand* decides whether figures are taken. *wants_alerts* and ``alerts`` serve the
    source of alerts; ``judge``, if set, gets each event. *answer_timeout*,
    *ping_interval* and *poll_interval* are in seconds; *clock* is monotonic, *now*
    returns Unix time in nanoseconds.
    """

    name = "containers"

    def __init__(
        self,
        host: Host,
        *,
        socket: Path,
        demand: Demand,
        wants_alerts: Callable[[], bool] = lambda: False,
        answer_timeout: float = 20.0,
        ping_interval: float = 30.0,
        poll_interval: float = POLL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self.host = host
        self.wants_alerts = wants_alerts
        self.alerts: Source | None = None
        self._socket = socket
        self._demand = demand
        self.judge: Judge | None = None
        self._answer_timeout = answer_timeout
        self._ping_interval = ping_interval
        self._poll_interval = poll_interval
        self._clock = clock
        self._now = now
        self._table = Containers()
        # It also reads limits from the flash drive, which may hang.
        self._space = BlockingReads("Docker's space")
        self._wake = asyncio.Event()
        self._inspector = Inspector(host, self._table, self._change)
        self._has_changed = False

    async def run(self, publish: Publish, report: Report) -> NoReturn:
        """Publish states until cancelled. Raise SourceError to be restarted."""
        changed = asyncio.Event()
        await together(
            containers_socket_watch=lambda: watch_socket(self._socket, changed),
            containers_docker=lambda: self._serve(changed, publish, report),
        )

    @property
    def records(self) -> Mapping[str, Record]:
        """The existing containers, by id."""
        return self._table.records

    async def _serve(self, changed: asyncio.Event, publish: Publish, report: Report) -> NoReturn:
        while True:
            await self._await_docker(changed, publish, report)
            try:
                await self._follow_docker(changed, publish, report)
            except SourceUnavailable as absence:
                if not await has_gone(self._socket, self.host.steward):
                    raise
                report("unavailable", str(absence))

    async def _follow_docker(self, changed: asyncio.Event, publish: Publish, report: Report) -> NoReturn:
        try:
            await self._session(changed, publish, report)
        except SourceFailed:
            # The figures of a hanging Docker are not known.
            if self._table.records:
                self._table.forget_figures()
                publish(self._table.status())
            raise
        finally:
            if self.judge is not None:
                self.judge.lose_docker()

    async def _await_docker(self, changed: asyncio.Event, publish: Publish, report: Report) -> None:
        """Return once Docker listens; until then publish the reason why it does not."""
        due, tries = float("-inf"), 0
        while (absence := await find_absence(self._socket, self.host.steward)) is not None:
            if self._clock() >= due:
                status = await self._absent()
                publish(status)
                due = self._clock() + (FIGURES_SECONDS if status.demo else HEARTBEAT_SECONDS)
                if status.demo:
                    absence = "the demo's recorded containers"
                report("ok" if status.demo else "unavailable", absence)
            tries += 1
            with suppress(TimeoutError):
                # The socket exists a moment before dockerd listens.
                pause = min(self._poll_interval, due - self._clock())
                async with within(BRISK if tries < BRISK_TRIES else pause):
                    await changed.wait()
                    tries = 0
            changed.clear()

    @property
    def _is_demo(self) -> bool:
        return self.host.root != Path("/")

    async def _absent(self) -> ContainersStatus:
        if self._is_demo and (demo := await asyncio.to_thread(read_demo, self.host, self._clock())) is not None:
            return demo
        return ContainersStatus(await asyncio.to_thread(read_service, self.host), None, (), demo=False)

    async def _session(self, changed: asyncio.Event, publish: Publish, report: Report) -> NoReturn:
        steward = self.host.steward
        async with docker_at(self._socket, answer_timeout=self._answer_timeout, steward=steward) as docker:
            version = version_from(await docker.read_json("GET /version", "version"))
            identity = read_identity(self._socket)
            since = self._now()
            await self._begin(docker)
            publish(self._table.status())
            filters = json.dumps({"type": ["container"], "event": list(WATCHED_ACTIONS)})
            asked = {"since": f"{since // 10**9}.{since % 10**9:09d}", "filters": filters}
            async with docker.opened("GET /events", "events", asked) as chunks:
                with registered(self._demand.listeners, self._wake.set):
                    await together(
                        containers_events=lambda: self._follow(chunks),
                        containers_inspects=lambda: self._inspector.work(docker),
                        containers_status=lambda: self._live(publish),
                        containers_files=lambda: follow_unraid_files(self.host, self._take_files),
                        containers_ping=lambda: self._vouch(docker, version, report),
                        containers_socket_guard=lambda: wait_for_another(self._socket, identity, changed),
                    )

    async def _begin(self, docker: DockerApi) -> None:
        """List all containers, and inspect each."""
        question = "GET /containers/json"
        body = await docker.read(question, "containers/json", {"all": "1"})
        try:
            listed = parse_list(body)
        except ValueError as error:
            raise SourceFailed(f"Docker's response to {question} is invalid: {error}") from error
        self._table.cpus = await asyncio.to_thread(read_cpus, self.host)
        self._table.image_storage = await self._space.run(partial(read_image_storage, self.host))
        self._table.take_files(await asyncio.to_thread(read_unraid_files, self.host))
        self._table.begin(listed)
        self._inspector.begin(self._table.records)
        if self.judge is not None:
            self.judge.meet_docker(self._table.records.values(), age_seconds=read_age(self._socket))

    async def _follow(self, chunks: AsyncIterator[bytes]) -> NoReturn:
        lines = Lines()
        async for chunk in chunks:
            for line in lines.feed(chunk):
                try:
                    event = parse_event(line)
                except ValueError as error:
                    raise SourceFailed(f"Docker's event stream holds an invalid event: {error}") from error
                if event is not None and not event.is_noise:
                    self._take(event)
        raise SourceUnavailable("Docker has ended its event stream")

    def _take(self, event: ContainerEvent) -> None:
        self._table.take(event)
        self._inspector.take(event)
        if self.judge is not None:
            self.judge.take(event)
        self._change()

    def _change(self) -> None:
        self._has_changed = True
        self._wake.set()

    async def _live(self, publish: Publish) -> NoReturn:
        """Publish changes, heartbeats, and figures while they are wanted."""
        heartbeat_at, figures_at = tick_after(self._clock(), HEARTBEAT_SECONDS), self._clock()
        while True:
            await self._sleep_until(min(heartbeat_at, figures_at) if self._has_figures_to_keep else heartbeat_at)
            if self._has_changed:
                with suppress(TimeoutError):
                    async with within(COALESCED_SECONDS):
                        await self._inspector.settled.wait()
            is_news, self._has_changed = self._has_changed, False
            now = self._clock()
            if now >= heartbeat_at:
                self._table.image_storage = await self._space.run(partial(read_image_storage, self.host))
                heartbeat_at, is_news = tick_after(now, HEARTBEAT_SECONDS), True
            if now >= figures_at and self._has_figures_to_keep:
                figures_at, is_news = now + await self._measure(), True
            if is_news:
                publish(self._table.status())

    @property
    def _has_figures_to_keep(self) -> bool:
        """True if figures are wanted, or old ones must still be cleared."""
        return self._demand.wanted or self._table.has_figures

    async def _measure(self) -> float:
        """Take a sample of each container; return the seconds until the next one."""
        if not self._demand.wanted:
            self._table.forget_figures()
            return 0.0
        is_first = not self._table.has_figures
        samples = await asyncio.to_thread(read_samples, dict(self._table.places))
        self._table.measure(samples, self._clock())
        return FIRST_GAP_SECONDS if is_first else FIGURES_SECONDS

    async def _sleep_until(self, moment: float) -> None:
        with suppress(TimeoutError):
            async with within(max(0.0, moment - self._clock())):
                await self._wake.wait()
        self._wake.clear()

    def _take_files(self, files: UnraidFiles) -> None:
        if files != self._table.files:
            self._table.take_files(files)
            self._inspector.check_images()
            self._change()

    async def _vouch(self, docker: DockerApi, version: str, report: Report) -> NoReturn:
        await asyncio.sleep(SETTLE_SECONDS)
        while True:
            report("ok", version)
            await sleep_to_tick(self._ping_interval)
            await docker.ping("GET /_ping")


async def wait_for_another(socket: Path, identity: tuple[int, int, int] | None, changed: asyncio.Event) -> NoReturn:
    """Raise SourceUnavailable once another Docker has replaced the socket."""
    await wait_until_replaced(socket, identity, changed=changed, poll_interval=POLL_SECONDS)
    raise SourceUnavailable(f"another Docker has taken over {socket}")
