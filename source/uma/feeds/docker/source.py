"""Docker's container events as they occur: wait for Docker, list its containers once,
follow its stream, and reconnect.

Docker stopped, absent or restarting is a normal state: Unraid stops it with the array.
Facts: Docker Engine API (``/version``, ``/containers/json``, ``/events``, ``/_ping``).
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import structlog

from uma.aio.task_groups import together
from uma.aio.ticks import sleep_to_tick
from uma.errors import SourceError, SourceFailed, SourceUnavailable
from uma.feeds.docker.client import DockerApi, docker_at
from uma.feeds.docker.events import (
    ContainerEvent,
    Inspected,
    Lines,
    inspected_from,
    labels_speak,
    parse_event,
    version_from,
)
from uma.feeds.docker.held_events import MAX_STOP_SECONDS, HeldEvents
from uma.feeds.docker.resume_point import ResumePoint
from uma.feeds.docker.socket import (
    Identity,
    has_gone,
    read_identity,
    wait_until_listening,
    wait_until_replaced,
    watch_socket,
)
from uma.feeds.docker.states import ContainerStates
from uma.feeds.feed import Publish, Report
from uma.fence.client import Steward

SETTLE = 0.2
"""Seconds for which a stream must have been open to count as working. If a Docker sends
nonsense at once, retries become slower.
"""

SWITCHED_OFF = 60.0
"""Seconds. After a longer time without ``run`` the source starts over: events during
the time that it was switched off are not reported.
"""

log = structlog.get_logger()


class DockerSource:
    """The containers of the Docker that listens at *socket*, guarded by *steward*.

    *exec_events* also publishes ``exec_*``, ``top`` and ``attach``, and may be changed
    at any time. Intervals in seconds: *answer_timeout* limits a response of Docker,
    *ping_interval* is between pings, *poll_interval* between looks at the socket, and a
    stop waits *stop_seconds* for its die. *clock* is Unix time in nanoseconds,
    *monotonic* in seconds.
    """

    name = "docker"

    def __init__(
        self,
        *,
        socket: Path,
        steward: Steward | None = None,
        exec_events: bool = False,
        answer_timeout: float = 20.0,
        ping_interval: float = 30.0,
        poll_interval: float = 10.0,
        stop_seconds: float = MAX_STOP_SECONDS,
        clock: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.exec_events = exec_events
        self._socket = socket
        self._steward = steward
        self._answer_timeout = answer_timeout
        self._ping_interval = ping_interval
        self._poll_interval = poll_interval
        self._stop_seconds = stop_seconds
        self._clock = clock
        self._monotonic = monotonic
        # Kept over a restart of the source.
        self._bookmark: ResumePoint | None = None
        self._stopped_at = 0.0
        self._states = ContainerStates()
        self._seq = 0
        self._has_warned = False

    @property
    def containers(self) -> Mapping[str, int]:
        """Last known number of containers by state; Docker is not queried."""
        return self._states.counts()

    async def run(self, publish: Publish, report: Report) -> NoReturn:
        """Publish a DockerEvent for each event of a container since the first ``run``,
        each once.

        Raises SourceUnavailable when Docker went away, and SourceFailed when its
        answers are invalid.
        """
        bookmark = self._bookmark
        if bookmark is None or self._monotonic() - self._stopped_at > SWITCHED_OFF:
            bookmark = self._bookmark = ResumePoint(self._clock())
        changed = asyncio.Event()
        try:
            await together(
                docker_socket_watch=lambda: watch_socket(self._socket, changed),
                docker_session=lambda: self._live(bookmark, changed, publish, report),
            )
        finally:
            self._stopped_at = self._monotonic()

    async def _live(self, bookmark: ResumePoint, changed: asyncio.Event, publish: Publish, report: Report) -> NoReturn:
        """Follow one Docker after another. After a stop it reconnects without delay."""
        while True:
            await wait_until_listening(
                self._socket,
                changed=changed,
                poll_interval=self._poll_interval,
                on_absence=lambda absence: report("unavailable", absence),
                steward=self._steward,
            )
            try:
                await self._session(bookmark, changed, publish, report)
            except SourceUnavailable as absence:
                if not await has_gone(self._socket, self._steward):
                    raise
                report("unavailable", str(absence))

    async def _session(
        self, bookmark: ResumePoint, changed: asyncio.Event, publish: Publish, report: Report
    ) -> NoReturn:
        async with docker_at(self._socket, answer_timeout=self._answer_timeout, steward=self._steward) as docker:
            version = version_from(await _read_version(docker))
            # Not earlier: dockerd changes owner and mode of a new socket, and answers
            # after that.
            identity = read_identity(self._socket)
            held = HeldEvents(
                lambda event: self._deliver(event, publish),
                self._states.is_running,
                lambda container_id: _read_inspected(docker, container_id),
                stop_seconds=self._stop_seconds,
            )
            listed_at = self._clock()
            for container_id in self._take_list(await _read_list(docker), listed_at):
                held.distrust(container_id)
            bookmark.follow_clock(listed_at)
            filters = json.dumps({"type": ["container"]})
            async with docker.opened("GET /events", "events", {"since": bookmark.since, "filters": filters}) as chunks:
                try:
                    await together(
                        docker_events=lambda: self._follow(chunks, bookmark, held),
                        docker_inspects=held.work,
                        docker_ping=lambda: self._vouch(docker, version, report),
                        docker_socket_guard=lambda: self._guard_socket(identity, changed),
                    )
                finally:
                    held.flush()

    def _take_list(self, listed: list[Mapping[str, object]], at_nano: int) -> list[str]:
        """Apply the list of containers; return the ids of those whose labels shadow
        Docker's attributes.
        """
        self._states.prime(((each.get("Id"), each.get("State")) for each in listed), at_nano)
        return [str(each.get("Id")) for each in listed if labels_speak(each.get("Labels"))]

    async def _follow(self, chunks: AsyncIterator[bytes], bookmark: ResumePoint, held: HeldEvents) -> NoReturn:
        # Not aiodocker's docker.events: it parses each time into a datetime while
        # reading. One event with an odd time ends that stream, and ends it again at
        # each retry. So does a line over 128 KiB.
        lines = Lines()
        async for chunk in chunks:
            for line in lines.feed(chunk):
                self._take(line, bookmark, held)
            if lines.shortened and not self._has_warned:
                self._has_warned = True
                log.warning("docker event shortened", reason="a container's labels exceed 1 MiB")
        raise SourceUnavailable("Docker has ended its event stream")

    def _take(self, line: bytes, bookmark: ResumePoint, held: HeldEvents) -> None:
        try:
            event = parse_event(line)
        except ValueError as error:
            raise SourceFailed(f"Docker's event stream holds an invalid event: {error}") from error
        if event is None or not bookmark.is_new(event) or (event.is_noise and not self.exec_events):
            return
        held.take(replace(event, time_nano=event.time_nano or self._clock()))

    def _deliver(self, event: ContainerEvent, publish: Publish) -> None:
        self._seq += 1
        publish(self._states.message_from(event, seq=self._seq))

    async def _vouch(self, docker: DockerApi, version: str, report: Report) -> NoReturn:
        """Report health for as long as Docker answers pings: a frozen Docker leaves its
        stream open and silent.
        """
        await asyncio.sleep(SETTLE)
        while True:
            report("ok", version)
            await sleep_to_tick(self._ping_interval)
            await docker.ping("GET /_ping")

    async def _guard_socket(self, identity: Identity | None, changed: asyncio.Event) -> NoReturn:
        """Leave a Docker whose socket has been replaced, though its stream may still be
        open.
        """
        await wait_until_replaced(self._socket, identity, changed=changed, poll_interval=self._poll_interval)
        raise SourceUnavailable(f"another Docker has taken over {self._socket}")


async def _read_version(docker: DockerApi) -> Mapping[str, object]:
    question = "GET /version"
    version = await docker.read_json(question, "version")
    if not isinstance(version, dict):
        raise SourceFailed(f"Docker's response to {question} is invalid: {type(version).__name__}")
    return version


async def _read_list(docker: DockerApi) -> list[Mapping[str, object]]:
    question = "GET /containers/json"
    listed = await docker.read_json(question, "containers/json", {"all": "1"})
    if not isinstance(listed, list):
        raise SourceFailed(f"Docker's response to {question} is invalid: {type(listed).__name__}")
    containers: list[Mapping[str, object]] = [each for each in listed if isinstance(each, dict)]
    if listed and not containers:
        raise SourceFailed(f"Docker's response to {question} is invalid: list of {type(listed[0]).__name__}")
    return containers


async def _read_inspected(docker: DockerApi, container_id: str) -> Inspected | None:
    try:
        raw = await docker.read_json("GET /containers/ID/json", f"containers/{container_id}/json")
    except SourceError:
        # It was removed, or Docker is stopping: its events will tell.
        return None
    return inspected_from(raw)
