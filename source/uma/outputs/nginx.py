"""Client of the webGUI's nginx: requests one after the other over one connection.

aiohttp's client, made for any server, takes three times the processor time, a third of
all that an idle daemon used, and wakes it to look after its connections.

Facts: HTTP/1.1 (RFC 9112); nchan's answers have a Content-Length.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from uma.aio.deadline import within

ANSWER_SECONDS: Final = 5.0
"""Seconds for an answer of nginx, which is on the same machine."""

MAX_ANSWER_BYTES: Final = 8192
"""nchan's answers have some 250 bytes, pages of errors 700."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to a request: status, body, and whether the connection serves another."""

    status: int
    body: bytes
    is_last: bool


class NginxClient:
    """The nginx that listens at *socket*; it is connected at the first request."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._turn = asyncio.Lock()
        self._connection: _Connection | None = None

    async def request(self, method: str, target: str, *, headers: str, body: bytes | None = None) -> Answer:
        """Return the answer to a request, after those of earlier ones.

        *headers* are whole lines. Raises OSError, TimeoutError after ANSWER_SECONDS,
        and ValueError for an answer that is not HTTP.
        """
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n"
        async with self._turn, within(ANSWER_SECONDS):
            connection = self._connection
            if connection is None or connection.has_ended:
                connection = self._connection = await self._connect()
            return await connection.exchange(head.encode() + (body or b""))

    def close(self) -> None:
        """Close the connection, if any."""
        if self._connection is not None:
            self._connection.end()

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_unix_connection(_Connection, str(self._socket))
        return connection


def parse_answer(data: bytes) -> Answer | None:
    """Parse an answer; None until it is whole. Raises ValueError if it is not HTTP.

    Without a length the body is left out, and the answer is the connection's last.
    """
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.split(b"\r\n")
    version, status, *_ = [*first.split(maxsplit=2), b"", b""]
    if not version.startswith(b"HTTP/1.") or not status.isdigit():
        raise ValueError(f"an answer begins with {first[:40]!r}")
    fields = (line.partition(b":") for line in lines)
    headers = {name.lower(): value.strip().lower() for name, _, value in fields}
    length = headers.get(b"content-length", b"")
    if not length.isdigit():
        return Answer(int(status), b"", is_last=True)
    if len(body) < int(length):
        return None
    is_last = headers.get(b"connection") == b"close" or len(body) > int(length)
    return Answer(int(status), body[: int(length)], is_last)


class _Connection(asyncio.Protocol):
    """One connection, which ends with its first irregularity."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None

    @property
    def has_ended(self) -> bool:
        """True if it serves no further request."""
        return self._transport is None or self._transport.is_closing()

    async def exchange(self, request: bytes) -> Answer:
        """Send *request* and return its answer. Raises OSError and ValueError."""
        assert self._transport is not None
        self._received = b""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        is_reusable = False
        try:
            answer = await self._answer
            is_reusable = not answer.is_last
            return answer
        finally:
            self._answer = None
            if not is_reusable:
                # The answer to a cancelled request would be taken for the next one's.
                self.end()

    def end(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer."""
        if self._answer is None or self._answer.done():
            self.end()
            return
        self._received += data
        try:
            answer = parse_answer(self._received)
            if answer is None and len(self._received) > MAX_ANSWER_BYTES:
                raise ValueError(f"an answer exceeds {MAX_ANSWER_BYTES} bytes")
        except ValueError as error:
            self._answer.set_exception(error)
        else:
            if answer is not None:
                self._answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        """End a request without an answer."""
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("it has closed the connection"))
