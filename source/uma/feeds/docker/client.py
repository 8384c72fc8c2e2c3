"""Client of Docker's API at one socket, by GET only, with limits on time and size.

Facts: Docker Engine API (``/version``, ``/containers/json``, ``/events``, ``/_ping``).
A path without a version uses Docker's newest API.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeVar, cast

# aiodocker passes these errors on: a truncated body, an answer that is not HTTP.
from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientRequest,
    ClientResponse,
    UnixConnector,
)
from aiohttp.client_exceptions import UnixClientConnectorError
from aiohttp.client_proto import ResponseHandler

from uma.aio.deadline import within
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.docker.events import parse_refusal
from uma.fence.client import Steward
from uma.fence.socket_client import request_docker
from uma.runtime.light_imports import light_imports
from uma.runtime.openssl import tls_stand_in

with tls_stand_in(), light_imports():
    from aiodocker import Docker, DockerError

ANY_URL: Final = "unix://localhost"
"""The name of a Docker that its connector finds."""

CANNOT_CONNECT: Final = 900
"""The status of aiodocker's DockerError without an HTTP answer."""

MAX_REFUSAL_BYTES: Final = 4096
"""Bytes of an error's body that are read for its message."""

MAX_ANSWER_BYTES: Final = 8 << 20
"""Bytes of an answer; a list of 200 containers has 600 KB."""

_CHUNK_BYTES: Final = 65536

T = TypeVar("T")


class DockerApi:
    """API of one Docker; *answer_timeout* is in seconds.

    Every method raises SourceUnavailable if Docker goes away, and SourceFailed for an
    error, a timeout or an invalid response. *question* is the request's name in errors.
    """

    def __init__(self, docker: Docker, *, answer_timeout: float) -> None:
        self._docker = docker
        self._answer_timeout = answer_timeout

    async def read(self, question: str, path: str, params: Mapping[str, str] | None = None) -> bytes:
        """Return the whole answer to a GET, at most MAX_ANSWER_BYTES of it."""
        return await self._within_time(question, self._read(question, path, params))

    async def read_json(self, question: str, path: str, params: Mapping[str, str] | None = None) -> object:
        """Return the JSON of the answer to a GET."""
        return _parse_json(question, await self.read(question, path, params))

    async def ping(self, question: str) -> None:
        """Return once Docker has answered a ping."""
        response = await self._within_time(question, self._request("_ping", None))
        response.close()

    @asynccontextmanager
    async def opened(
        self, question: str, path: str, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Yield the chunks of an answer that may never end."""
        response = await self._within_time(question, self._request(path, params))
        chunks = _chunks_of(question, response)
        try:
            yield chunks
        finally:
            # Not released: that would wait for the end of an endless body.
            response.close()
            await chunks.aclose()

    async def _read(self, question: str, path: str, params: Mapping[str, str] | None) -> bytes:
        response = await self._request(path, params)
        body = bytearray()
        try:
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise SourceFailed(f"Docker's response to {question} exceeds {MAX_ANSWER_BYTES >> 20} MiB")
        finally:
            response.release() if response.content.at_eof() else response.close()
        return bytes(body)

    async def _request(self, path: str, params: Mapping[str, str] | None) -> ClientResponse:
        response = await self._docker.session.get(f"{self._docker.docker_host}/{path}", params=params)
        if response.status != HTTPStatus.OK:
            try:
                refusal = await response.content.read(MAX_REFUSAL_BYTES)
            finally:
                response.close()
            raise DockerError(response.status, refusal.decode(errors="replace"))
        return response

    async def _within_time(self, question: str, answer: Awaitable[T]) -> T:
        with _as_source_errors(question):
            try:
                async with within(self._answer_timeout):
                    return await answer
            except TimeoutError as error:
                raise SourceFailed(
                    f"no response from Docker to {question} within {self._answer_timeout:g} s"
                ) from error


@asynccontextmanager
async def docker_at(socket: Path, *, answer_timeout: float, steward: Steward | None = None) -> AsyncIterator[DockerApi]:
    """Yield the API of the Docker at *socket*, as connected_docker does."""
    async with connected_docker(socket, steward) as docker:
        yield DockerApi(docker, answer_timeout=answer_timeout)


@asynccontextmanager
async def connected_docker(socket: Path, steward: Steward | None) -> AsyncIterator[Docker]:
    """Yield a client of the Docker at *socket*, by *steward* if that guards it."""
    # With a URL, neither the environment nor ~/.docker can point elsewhere.
    if steward is None or not steward.guards_sockets:
        async with Docker(url=f"unix://{socket}") as docker:
            yield docker
        return
    async with _StewardConnector(socket, steward) as connector, Docker(url=ANY_URL, connector=connector) as docker:
        yield docker


class _StewardConnector(UnixConnector):
    """Connects through the steward: each connection comes with its request sent."""

    def __init__(self, path: Path, steward: Steward) -> None:
        super().__init__(str(path), force_close=True)
        self._steward = steward

    async def _create_connection(self, req: ClientRequest, *_: object) -> ResponseHandler:
        loop = asyncio.get_running_loop()
        try:
            connection = await request_docker(self._steward, req.method, req.url.raw_path_qs)
            transport, protocol = await loop.create_unix_connection(lambda: ResponseHandler(loop), sock=connection)
        except OSError as error:
            raise UnixClientConnectorError(self.path, req.connection_key, error) from error
        # Before aiohttp sends the request once more.
        protocol.transport = cast("asyncio.Transport", _Sent(transport))
        return protocol


class _Sent:
    """The transport of a connection whose request was sent already."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Drop what aiohttp sends."""

    def writelines(self, data: Iterable[bytes]) -> None:
        """Drop it, too."""


async def _chunks_of(question: str, response: ClientResponse) -> AsyncGenerator[bytes, None]:
    with _as_source_errors(question):
        async for chunk in response.content.iter_any():
            yield chunk


def _parse_json(question: str, body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceFailed(f"Docker's response to {question} is invalid: {_one_line(repr(error))}") from error


@contextmanager
def _as_source_errors(question: str) -> Iterator[None]:
    """Raise the errors of Docker's libraries as SourceError."""
    try:
        yield
    except DockerError as error:
        if error.status == CANNOT_CONNECT:
            raise SourceUnavailable(f"Docker went away before {question}") from error
        # aiodocker extracts Docker's message only if its content type has no
        # parameters.
        refusal = parse_refusal(error.message[:MAX_REFUSAL_BYTES])
        raise SourceFailed(f"Docker answered {question} with {error.status}: {refusal}") from error
    except (ClientConnectionError, ClientPayloadError) as error:
        if isinstance(error, ClientConnectorError) and isinstance(error.os_error, PermissionError):
            raise SourceFailed(f"{question} is refused by the fence or the socket's owner") from error
        raise SourceUnavailable(f"Docker went away during {question}") from error
    except ClientError as error:
        raise SourceFailed(f"Docker sent a malformed HTTP response to {question}: {_one_line(error)}") from error


def _one_line(message: object) -> str:
    return " ".join(str(message).split())[:200]
