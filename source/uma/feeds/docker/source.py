"""Docker's container events, as they occur: wait for Docker, list its containers once, follow its stream, and again.

Docker stopped, absent or restarting is a normal state: Unraid stops it with the array. Facts: Docker Engine API
(``/version``, ``/containers/json``, ``/events``, ``/_ping``).
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn, TypeVar

from aiodocker import Docker, DockerError

# aiodocker lets them through: a body cut short, an answer that is no HTTP.
from aiohttp import ClientConnectionError, ClientError, ClientPayloadError, ClientResponse

from uma.aio.deadline import within
from uma.aio.task_groups import together
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.docker.events import Lines, parse_event, parse_refusal, version_from
from uma.feeds.docker.resume_point import ResumePoint
from uma.feeds.docker.socket import Identity, read_identity, wait_until_listening, wait_until_replaced, watch_socket
from uma.feeds.docker.states import ContainerStates
from uma.feeds.source import Publish, Report

CANNOT_CONNECT = 900
"""The status of aiodocker's DockerError where there was no answer that could have one."""

REFUSAL_BYTES = 4096
"""Of a refusal's body, to find its message in."""

SETTLE = 0.2
"""Seconds a stream must have been open to count as working: a Docker that sends nonsense at once is met ever slower."""

SWITCHED_OFF = 60.0
"""Seconds. Without ``run`` for longer, it starts anew: what happened while the source was switched off is no news."""

Answer = TypeVar("Answer")


class DockerSource:
    """The containers of the Docker that listens at *socket*.

    *exec_events* also publishes ``exec_*``, ``top`` and ``attach``, and may be changed at any time. *answer_timeout* is
    the seconds Docker has for an answer, *ping_interval* those between questions whether it is alive, *poll_interval*
    those between looks at the socket when no nudge comes. *clock* gives Unix time in nanoseconds, *monotonic* seconds.
    """

    name = "docker"

    def __init__(
        self,
        *,
        socket: Path,
        exec_events: bool = False,
        answer_timeout: float = 20.0,
        ping_interval: float = 30.0,
        poll_interval: float = 3.0,
        clock: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.exec_events = exec_events
        self._socket = socket
        self._answer_timeout = answer_timeout
        self._ping_interval = ping_interval
        self._poll_interval = poll_interval
        self._clock = clock
        self._monotonic = monotonic
        # They outlive a restart.
        self._bookmark: ResumePoint | None = None
        self._stopped_at = 0.0
        self._states = ContainerStates()
        self._seq = 0

    @property
    def containers(self) -> Mapping[str, int]:
        """How many containers there are in each state, as last heard; no question is asked."""
        return self._states.counts()

    async def run(self, publish: Publish, report: Report) -> NoReturn:
        """Publish a DockerEvent for each event of a container since the first ``run``, each once.

        Raises SourceUnavailable when Docker went away, SourceFailed when it is there and does not answer properly.
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
        await wait_until_listening(
            self._socket,
            changed=changed,
            poll_interval=self._poll_interval,
            tell=lambda absence: report("unavailable", absence),
        )
        # With its URL given, neither the environment nor a ~/.docker has a say in where Docker is.
        async with Docker(url=f"unix://{self._socket}", api_version="auto") as docker:
            version = version_from(await self._answer("for its version", docker.version()))
            # Not earlier: dockerd changes owner and mode of a socket it has just made, and answers after that.
            identity = read_identity(self._socket)
            listed_at = self._clock()
            self._states.prime(await self._answer("for its containers", _read_states(docker)), listed_at)
            filters = json.dumps({"type": ["container"]})
            response = await self._answer(
                "for its events", _request(docker, "events", {"since": bookmark.since, "filters": filters})
            )
            try:
                await together(
                    docker_events=lambda: self._follow(response, bookmark, publish),
                    docker_ping=lambda: self._vouch(docker, version, report),
                    docker_socket_guard=lambda: self._guard_socket(identity, changed),
                )
            finally:
                # Not released: that would wait for the end of a body that has none.
                response.close()

    async def _follow(self, response: ClientResponse, bookmark: ResumePoint, publish: Publish) -> NoReturn:
        # Not aiodocker's docker.events: it turns each time into a datetime while it reads, so that one event with an
        # odd time ends the stream, and ends it again each time it is asked for again; so does a line over 128 KiB.
        lines = Lines()
        with _as_source_errors("for its events"):
            async for chunk in response.content.iter_any():
                for line in lines.feed(chunk):
                    self._take(line, bookmark, publish)
        raise SourceUnavailable("Docker has ended its event stream")

    def _take(self, line: bytes, bookmark: ResumePoint, publish: Publish) -> None:
        try:
            event = parse_event(line)
        except ValueError as error:
            raise SourceFailed(f"Docker's event stream holds what is no event: {error}") from error
        if event is None or not bookmark.is_new(event) or (event.is_noise and not self.exec_events):
            return
        if event.time_nano == 0:
            event = replace(event, time_nano=self._clock())
        self._seq += 1
        publish(self._states.message_from(event, seq=self._seq))

    async def _vouch(self, docker: Docker, version: str, report: Report) -> NoReturn:
        """Say that all is well for as long as Docker answers: a frozen one leaves its stream open, and silent."""
        await asyncio.sleep(SETTLE)
        while True:
            report("ok", version)
            await asyncio.sleep(self._ping_interval)
            response = await self._answer("whether it is alive", _request(docker, "_ping"))
            response.close()

    async def _guard_socket(self, identity: Identity | None, changed: asyncio.Event) -> NoReturn:
        """Leave a Docker whose place another has taken, though its stream may still be open."""
        await wait_until_replaced(self._socket, identity, changed=changed, poll_interval=self._poll_interval)
        raise SourceUnavailable(f"another Docker has taken over {self._socket}")

    async def _answer(self, question: str, answer: Awaitable[Answer]) -> Answer:
        with _as_source_errors(question):
            try:
                async with within(self._answer_timeout):
                    return await answer
            except TimeoutError as error:
                raise SourceFailed(f"Docker, asked {question}, is silent for {self._answer_timeout:g} s") from error
            except (ValueError, TypeError, LookupError, RecursionError) as error:
                # aiodocker takes JSON of the right shape for granted.
                raise SourceFailed(f"Docker, asked {question}, answered nonsense: {_one_line(repr(error))}") from error


async def _read_states(docker: Docker) -> list[tuple[str, object]]:
    return [(container.id, container["State"]) for container in await docker.containers.list(all=True)]


async def _request(docker: Docker, path: str, params: Mapping[str, str] | None = None) -> ClientResponse:
    """Docker's answer to a GET, its body yet to be read. Raises DockerError when it is not 200.

    Without a version in the path, Docker answers by its own newest API, which is what "auto" negotiates.
    """
    response = await docker.session.get(f"{docker.docker_host}/{path}", params=params)
    if response.status != HTTPStatus.OK:
        try:
            refusal = await response.content.read(REFUSAL_BYTES)
        finally:
            response.close()
        raise DockerError(response.status, refusal.decode(errors="replace"))
    return response


@contextmanager
def _as_source_errors(question: str) -> Iterator[None]:
    """Raise what Docker's libraries raise as one of ours."""
    try:
        yield
    except DockerError as error:
        if error.status == CANNOT_CONNECT:
            raise SourceUnavailable(f"Docker went away when asked {question}") from error
        # aiodocker unpacks Docker's message only where its content type has no parameters.
        refusal = parse_refusal(error.message[:REFUSAL_BYTES])
        raise SourceFailed(f"Docker, asked {question}, answered {error.status}: {refusal}") from error
    except (ClientConnectionError, ClientPayloadError) as error:
        raise SourceUnavailable(f"Docker went away while it was asked {question}") from error
    except ClientError as error:
        raise SourceFailed(f"Docker, asked {question}, answered no HTTP: {_one_line(error)}") from error


def _one_line(message: object) -> str:
    return " ".join(str(message).split())[:200]
