"""Start, stop and restart containers of a Docker, several at once. Which ones there are is asked anew for each call.

Facts: Docker Engine API (``GET /containers/json``, ``POST /containers/{id}/start|stop|restart``).
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import msgspec
from aiodocker import Docker
from aiohttp import ClientError

from uma.aio.deadline import within
from uma.errors import DockerUnavailable, SourceFailed
from uma.feeds.docker.events import parse_refusal
from uma.feeds.docker.socket import read_absence
from uma.wire.answers import BulkResult

AT_ONCE = 8
"""Containers that are worked on at the same time, whoever asked."""

LIST_TIMEOUT = 20.0
OPERATION_TIMEOUT = 30.0
"""Seconds for one container. Docker kills one that does not stop within its own time, 10 s unless it has another."""

REFUSAL_BYTES = 4096

DONE = {"start": "started", "stop": "stopped", "restart": "restarted"}
"""Each operation, and what it has done."""

UNCHANGED = {"start": "was running already", "stop": "was not running"}

_ID = re.compile(r"[0-9a-f]{12}|[0-9a-f]{64}")


class _Listed(msgspec.Struct):
    """What Docker's list has of a container."""

    id: str = msgspec.field(name="Id")
    names: list[str] | None = msgspec.field(name="Names", default=None)


class Containers:
    """The containers of the Docker at *socket*. *operation_timeout* is the seconds that each has."""

    def __init__(self, socket: Path, *, operation_timeout: float = OPERATION_TIMEOUT) -> None:
        self._socket = socket
        self._operation_timeout = operation_timeout
        self._places = asyncio.Semaphore(AT_ONCE)

    async def operate(self, operation: str, asked: Sequence[str]) -> list[BulkResult]:
        """Do *operation* (a key of DONE) to each container of *asked*; a result for each, in their order.

        One that is asked for twice is worked on once. Raises DockerUnavailable when none has been touched.
        """
        self._find_docker()
        async with Docker(url=f"unix://{self._socket}") as docker:
            chosen = _choose(asked, await self._read_list(docker))
            async with asyncio.TaskGroup() as group:
                tasks = {
                    full: group.create_task(self._work(docker, operation, full), name=f"{operation} {full[:12]}")
                    for full in dict.fromkeys(choice for choice in chosen if isinstance(choice, str))
                }
        seen: set[str] = set()
        results = []
        for text, choice in zip(asked, chosen, strict=True):
            if isinstance(choice, BulkResult):
                results.append(choice)
                continue
            success, message = tasks[choice].result()
            results.append(BulkResult(text, success, f"{message} (asked for twice)" if choice in seen else message))
            seen.add(choice)
        return results

    def _find_docker(self) -> None:
        try:
            absence = read_absence(self._socket)
        except SourceFailed as failure:
            absence = str(failure)
        if absence is not None:
            raise DockerUnavailable(absence)

    async def _read_list(self, docker: Docker) -> list[_Listed]:
        try:
            async with within(LIST_TIMEOUT):
                response = await docker.session.get(f"{docker.docker_host}/containers/json", params={"all": "1"})
                body = await response.read()
            if response.status != HTTPStatus.OK:
                raise DockerUnavailable(f"Docker, asked for its containers, answered {response.status}: {_words(body)}")
            return msgspec.json.decode(body, type=list[_Listed])
        except TimeoutError as error:
            raise DockerUnavailable(f"Docker, asked for its containers, is silent for {LIST_TIMEOUT:g} s") from error
        except ClientError as error:
            raise DockerUnavailable("Docker went away when it was asked for its containers") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DockerUnavailable(f"Docker, asked for its containers, answered nonsense: {error}") from error

    async def _work(self, docker: Docker, operation: str, full: str) -> tuple[bool, str]:
        """Whether it succeeded, and the message that says so."""
        async with self._places:
            try:
                async with within(self._operation_timeout):
                    # Without a version in the path Docker answers by its own newest API. aiodocker's methods for this
                    # don't tell a container that was running already from one that was started.
                    response = await docker.session.post(f"{docker.docker_host}/containers/{full}/{operation}")
                    body = await response.content.read(REFUSAL_BYTES)
                    response.release()
            except TimeoutError:
                return False, f"not done within {self._operation_timeout:g} s; Docker may still do it"
            except ClientError:
                return False, "Docker went away meanwhile"
        match response.status:
            case HTTPStatus.NO_CONTENT:
                return True, DONE[operation]
            case HTTPStatus.NOT_MODIFIED:
                return True, UNCHANGED.get(operation, "unchanged")
            case HTTPStatus.NOT_FOUND:
                return False, "there is no such container any more"
            case status:
                return False, f"Docker answered {status}: {_words(body)}"


def _choose(asked: Sequence[str], listed: Sequence[_Listed]) -> list[str | BulkResult]:
    """For each of *asked* the whole id of the container that is meant, or why none is.

    Not left to Docker, which takes names and beginnings of ids too: what is stopped should be what was meant.
    """
    by_id: dict[str, list[str]] = {}
    by_name: dict[str, str] = {}
    for container in listed:
        by_id.setdefault(container.id[:12], []).append(container.id)
        by_id[container.id] = [container.id]
        by_name |= {name.removeprefix("/"): container.id for name in container.names or ()}
    return [_choice(text, by_id, by_name) for text in asked]


def _choice(text: str, by_id: Mapping[str, Sequence[str]], by_name: Mapping[str, str]) -> str | BulkResult:
    if _ID.fullmatch(text):
        match by_id.get(text, ()):
            case [full]:
                return full
            case []:
                return BulkResult(text, False, "there is no such container")
            case _:
                return BulkResult(
                    text, False, "more than one container has an id that begins like this: give all 64 characters"
                )
    with suppress(KeyError):
        return BulkResult(text, False, f"this is a name, the container's id is {by_name[text.removeprefix('/')][:12]}")
    return BulkResult(text, False, "this is no container id, which has 12 or 64 hexadecimal digits")


def _words(body: bytes) -> str:
    return parse_refusal(body.decode(errors="replace"))
