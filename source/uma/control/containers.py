"""Operations on several containers at once. Each call lists the containers first.

Facts: Docker Engine API (``GET /containers/json``, ``POST /containers/{id}/start`` and
so on).
"""

import asyncio
from collections.abc import Sequence, Set
from http import HTTPStatus
from pathlib import Path

import msgspec
from aiohttp import ClientConnectorError, ClientError, ClientResponse

from uma.aio.deadline import within
from uma.errors import DockerUnavailable, SourceFailed
from uma.feeds.docker.client import connected_docker
from uma.feeds.docker.events import parse_refusal
from uma.feeds.docker.socket import find_absence
from uma.fence.client import Steward
from uma.runtime.light_imports import light_imports
from uma.runtime.openssl import tls_stand_in
from uma.wire.answers import BulkResult

with tls_stand_in(), light_imports():
    from aiodocker import Docker

AT_ONCE = 8
"""Containers processed at the same time, for all clients together."""

LIST_TIMEOUT = 20.0
OPERATION_TIMEOUT = 30.0
"""Seconds for one container. Docker kills a container that does not stop within its
timeout, by default 10 s.
"""

REFUSAL_BYTES = 4096

MAX_LIST_BYTES = 8 << 20

DONE = {"start": "started", "stop": "stopped", "restart": "restarted", "pause": "paused", "unpause": "unpaused"}
"""Operations, each with the word for its success."""

UNCHANGED = {"start": "was running already", "stop": "was not running"}

REFUSED_UNCHANGED = {("pause", "paused"): "was paused already", ("unpause", "running"): "was not paused"}
"""Operations that Docker refuses if the container is already in the wanted state."""

GONE_DOCKER = "Docker went away meanwhile"
NO_SUCH = "container not found"
GONE = "container no longer exists"


class _Listed(msgspec.Struct):
    """Container as Docker lists it."""

    id: str = msgspec.field(name="Id")
    names: list[str] | None = msgspec.field(name="Names", default=None)
    state: str | None = msgspec.field(name="State", default=None)


class Containers:
    """The containers of the Docker at *socket*, which *steward* may guard.
    *operation_timeout* is in seconds, for each container.
    """

    def __init__(
        self, socket: Path, *, steward: Steward | None = None, operation_timeout: float = OPERATION_TIMEOUT
    ) -> None:
        self._socket = socket
        self._steward = steward
        self._operation_timeout = operation_timeout
        self._places = asyncio.Semaphore(AT_ONCE)

    async def operate(self, operation: str, asked: Sequence[str]) -> list[BulkResult]:
        """Run *operation* (a key of DONE) on each container of *asked*; return the
        results in that order.

        A duplicate id runs once. Raises DockerUnavailable before any container is
        changed.
        """
        await self._find_docker()
        async with connected_docker(self._socket, self._steward) as docker:
            listed = await self._read_list(docker)
            states = {container.id: container.state for container in listed}
            chosen = _choose(asked, listed)
            async with asyncio.TaskGroup() as group:
                tasks = {
                    full: group.create_task(
                        self._work(docker, operation, full, states[full]), name=f"{operation} {full[:12]}"
                    )
                    for full in dict.fromkeys(choice for choice in chosen if isinstance(choice, str))
                }
        seen: set[str] = set()
        results = []
        for text, choice in zip(asked, chosen, strict=True):
            if isinstance(choice, BulkResult):
                results.append(choice)
                continue
            success, message = tasks[choice].result()
            results.append(BulkResult(text, success, f"{message} (named twice)" if choice in seen else message))
            seen.add(choice)
        return results

    async def _find_docker(self) -> None:
        try:
            absence = await find_absence(self._socket, self._steward)
        except SourceFailed as failure:
            absence = str(failure)
        if absence is not None:
            raise DockerUnavailable(absence)

    async def _read_list(self, docker: Docker) -> list[_Listed]:
        try:
            async with within(LIST_TIMEOUT):
                response = await docker.session.get(f"{docker.docker_host}/containers/json", params={"all": "1"})
                body = await _read_bounded(response)
            if response.status != HTTPStatus.OK:
                raise DockerUnavailable(f"GET /containers/json of Docker returned {response.status}: {_words(body)}")
            return msgspec.json.decode(body, type=list[_Listed])
        except TimeoutError as error:
            raise DockerUnavailable(f"Docker has not answered GET /containers/json for {LIST_TIMEOUT:g} s") from error
        except ClientError as error:
            raise DockerUnavailable("Docker closed the connection without answering GET /containers/json") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DockerUnavailable(f"Docker returned an invalid list of containers: {error}") from error

    async def _work(self, docker: Docker, operation: str, full: str, state: str | None) -> tuple[bool, str]:
        """Return True and a message if it succeeded, else False and the reason; *state*
        is the listed one.
        """
        async with self._places:
            try:
                async with within(self._operation_timeout):
                    # A path without a version uses Docker's newest API. aiodocker's
                    # methods don't distinguish a container that was already running
                    # from one that was started.
                    response = await docker.session.post(f"{docker.docker_host}/containers/{full}/{operation}")
                    body = await response.content.read(REFUSAL_BYTES)
                    response.release()
            except TimeoutError:
                return False, f"not done within {self._operation_timeout:g} s; Docker may still do it"
            except ClientConnectorError as error:
                # CONTROL was no when the fence was put up.
                is_refused = isinstance(error.os_error, PermissionError)
                return False, "the fence refuses it until UMA is restarted" if is_refused else GONE_DOCKER
            except ClientError:
                return False, GONE_DOCKER
        return _outcome(operation, state or "", response.status, body)


def _outcome(operation: str, state: str, status: int, body: bytes) -> tuple[bool, str]:
    match status:
        case HTTPStatus.NO_CONTENT:
            return True, DONE[operation]
        case HTTPStatus.NOT_MODIFIED:
            return True, UNCHANGED.get(operation, "unchanged")
        case HTTPStatus.NOT_FOUND:
            return False, GONE
    unchanged = REFUSED_UNCHANGED.get((operation, state))
    return (True, unchanged) if unchanged else (False, f"Docker answered {status}: {_words(body)}")


async def _read_bounded(response: ClientResponse) -> bytes:
    body = bytearray()
    try:
        async for chunk in response.content.iter_chunked(65536):
            body += chunk
            if len(body) > MAX_LIST_BYTES:
                raise DockerUnavailable(f"Docker's list of containers exceeds {MAX_LIST_BYTES >> 20} MiB")
    finally:
        response.close()
    return bytes(body)


def _choose(asked: Sequence[str], listed: Sequence[_Listed]) -> list[str | BulkResult]:
    """Return for each of *asked* the full id of the container, or the reason for none.

    Docker would also accept prefixes of ids, and might stop another container than the
    one meant.
    """
    by_text: dict[str, set[str]] = {}
    for container in listed:
        # A link gives a container a second name, /OTHER/ALIAS, which is not its own.
        names = (name.removeprefix("/") for name in container.names or ())
        for text in (container.id, container.id[:12], *(name for name in names if "/" not in name)):
            by_text.setdefault(text, set()).add(container.id)
    return [_choice(text, by_text.get(text.removeprefix("/"), set())) for text in asked]


def _choice(text: str, meant: Set[str]) -> str | BulkResult:
    match [*meant]:
        case [full]:
            return full
        case []:
            return BulkResult(text, False, NO_SUCH)
        case _:
            return BulkResult(text, False, "more than one container is called that: give all 64 characters of its id")


def _words(body: bytes) -> str:
    return parse_refusal(body.decode(errors="replace"))
