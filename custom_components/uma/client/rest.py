"""REST: the server's identity, messages on request, and operations on containers."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal

import aiohttp

from .address import Address
from .connection import Connection
from .errors import (
    CannotConnect,
    CertificateRejected,
    ControlIsOff,
    HostUnknown,
    InvalidToken,
    NotUma,
    TooOld,
    UmaError,
    Unavailable,
)

REQUEST_SECONDS: Final = 10
OPERATION_SECONDS: Final = 300
"""Seconds for 100 containers, 8 at once, each of which may take 10 s to stop."""

HEARTBEAT_SECONDS: Final = 30
MAX_MESSAGE_BYTES: Final = 1 << 20
MAX_DETAIL_CHARACTERS: Final = 200

PROBLEM: Final = "application/problem+json"
"""Media type of UMA's refusals (RFC 9457)."""

Operation = Literal["start", "stop", "restart"]


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """The public identity of a server; ``said_at`` is the time of that message."""

    id: str
    name: str
    version: str
    needs_token: bool
    said_at: str


@dataclass(frozen=True, slots=True)
class ContainerResult:
    """Result of an operation on one container; ``name`` is the requested one."""

    name: str
    is_success: bool
    message: str


class UmaClient:
    """One daemon at *address*, through *session*; *token* is None if none is set."""

    def __init__(self, session: aiohttp.ClientSession, address: Address, token: str | None = None) -> None:
        self.address = address
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def identity(self) -> ServerIdentity:
        """Return the server's identity, which needs no token. Raises UmaError."""
        match await self._request("GET", "/api/v1/server/info"):
            case {
                "timestamp": str(said_at),
                "data": {"id": str(id_), "name": str(name), "version": str(version), "auth": str(auth)},
            } if id_:
                return ServerIdentity(id_, name, version, auth == "token", said_at)
        raise NotUma("the answer is not UMA's: it lacks id, name, version or auth")

    async def verify_token(self) -> None:
        """Check that the token is valid. Raises InvalidToken, or another UmaError."""
        await self._request("GET", "/api/v1/health")

    async def operate(self, operation: Operation, names: Sequence[str]) -> list[ContainerResult]:
        """Start, stop or restart up to 100 containers by name. Raises UmaError."""
        path = f"/api/v1/docker/containers/bulk/{operation}"
        try:
            answer = await self._request("POST", path, {"container_ids": list(names)})
        except TooOld as error:
            raise ControlIsOff("containers may not be controlled") from error
        try:
            return [
                ContainerResult(str(each["container_id"]), each["success"] is True, str(each["message"]))
                for each in answer["results"]
            ]
        except (KeyError, TypeError) as error:
            raise NotUma("the answer is not UMA's: no results") from error

    async def connect(self) -> Connection:
        """Open a WebSocket that carries several streams. Raises UmaError."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                socket = await self._session.ws_connect(
                    f"{self.address.url}/api/v1/ws",
                    headers=self._headers,
                    heartbeat=HEARTBEAT_SECONDS,
                    max_msg_size=MAX_MESSAGE_BYTES,
                )
        except aiohttp.WSServerHandshakeError as error:
            # aiohttp keeps the status of a refused upgrade, and not the body.
            raise _refusal(error.status, f"it refused the WebSocket ({error.status})") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _no_connection(error) from error
        return Connection(socket)

    async def _request(self, method: str, path: str, body: object = None) -> Any:
        seconds = REQUEST_SECONDS if body is None else OPERATION_SECONDS
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.request(
                    method, self.address.url + path, headers=self._headers, json=body, allow_redirects=False
                ) as answer,
            ):
                if answer.status == HTTPStatus.NOT_FOUND and answer.content_type != PROBLEM:
                    raise NotUma("another web server answers there")
                if answer.status != HTTPStatus.OK:
                    raise _refusal(answer.status, await _detail_of(answer))
                try:
                    return await answer.json()
                except (aiohttp.ContentTypeError, ValueError) as error:
                    raise NotUma("the answer is not JSON") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _no_connection(error) from error


async def _detail_of(answer: aiohttp.ClientResponse) -> str:
    """Return the sentence of a problem body, else the reason phrase."""
    try:
        body = await answer.json(content_type=None)
    except aiohttp.ClientError, ValueError:
        body = None
    detail = body.get("detail") if isinstance(body, dict) else None
    return str(detail or answer.reason)[:MAX_DETAIL_CHARACTERS]


def _refusal(status: int, detail: str) -> UmaError:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return InvalidToken(detail)
        case HTTPStatus.NOT_FOUND:
            return TooOld(detail)
        case HTTPStatus.MISDIRECTED_REQUEST:
            return HostUnknown(detail)
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return Unavailable(detail)
    return NotUma(f"it answered {status}: {detail}")


def _no_connection(error: Exception) -> UmaError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError | ssl.SSLError):
        return CertificateRejected(str(error))
    if isinstance(error, TimeoutError):
        return CannotConnect("no answer in time")
    return CannotConnect(str(error) or type(error).__name__)
