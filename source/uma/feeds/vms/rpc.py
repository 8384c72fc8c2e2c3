"""Client of libvirt's RPC over its read-only socket.

libvirt-python has no wheel, costs 27 MB and blocks. ``protocol`` has the encoding.
"""

import asyncio
from asyncio import Future, StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from uma.aio.deadline import within
from uma.errors import SourceFailed, SourceUnavailable, UmaError
from uma.feeds.vms.protocol import (
    CALL,
    EVENT,
    HEADER,
    LIFECYCLE,
    MAX_MESSAGE_BYTES,
    OK,
    PROGRAM,
    REPLY,
    VERSION,
    LifecycleEvent,
    Procedure,
    open_body,
    parse_auth,
    parse_error,
    parse_lifecycle,
)
from uma.feeds.vms.xdr import packed
from uma.fence.client import Steward
from uma.fence.socket_client import connect_libvirt

ANSWER_SECONDS: Final = 10.0
LENGTH_BYTES: Final = 4

Reply = tuple[int, bytes]
Parsed = TypeVar("Parsed")


class Refused(UmaError):
    """Raised when libvirt answers with an error, for example for a removed domain."""


class Unanswered(SourceFailed):
    """Raised when libvirt does not answer a call in time."""


class Libvirt:
    """One connection. Replies and events arrive only while ``follow`` runs.

    *lifecycle* is called for each event; it must not wait.
    """

    def __init__(self, reader: StreamReader, writer: StreamWriter, lifecycle: Callable[[LifecycleEvent], None]) -> None:
        self._reader = reader
        self._writer = writer
        self._lifecycle = lifecycle
        self._serial = 0
        self._waiting: dict[int, Future[Reply]] = {}

    async def open(self, uri: str) -> None:
        """Open *uri* read-only and register for lifecycle events."""
        if OK not in await self.ask(Procedure.AUTH_LIST, parse_auth):
            raise SourceFailed("libvirt requires a login on its read-only socket")
        await self.ask(Procedure.CONNECT_OPEN, bytes, open_body(uri))
        await self.ask(Procedure.CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY, bytes, packed(LIFECYCLE, 0))

    async def ask(
        self,
        procedure: Procedure,
        parse: Callable[[bytes], Parsed],
        body: bytes = b"",
        *,
        seconds: float = ANSWER_SECONDS,
    ) -> Parsed:
        """Call *procedure* and return the reply parsed by *parse*.

        Raises Refused for libvirt's own errors, SourceFailed for a malformed answer,
        and Unanswered without one within *seconds*.
        """
        self._serial += 1
        serial = self._serial
        reply: Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[serial] = reply
        header = HEADER.pack(HEADER.size + len(body), PROGRAM, VERSION, procedure, CALL, serial, OK)
        try:
            self._writer.write(header + body)
            async with within(seconds):
                status, answer = await reply
        except TimeoutError as error:
            raise Unanswered(f"libvirt has not answered {procedure.name} for {seconds:g} s") from error
        finally:
            self._waiting.pop(serial, None)
        with _malformed(procedure.name):
            if status != OK:
                raise Refused(parse_error(answer))
            return parse(answer)

    async def follow(self) -> NoReturn:
        """Receive replies and events; raise SourceError when the connection ends."""
        while True:
            length = int.from_bytes(await self._read(LENGTH_BYTES))
            if not HEADER.size <= length <= MAX_MESSAGE_BYTES:
                raise SourceFailed(f"libvirt's socket does not speak libvirt's RPC: a message of {length} bytes")
            message = length.to_bytes(LENGTH_BYTES) + await self._read(length - LENGTH_BYTES)
            _, program, _, procedure, kind, serial, status = HEADER.unpack_from(message)
            if program == PROGRAM:
                self._take(procedure, kind, serial, status, message[HEADER.size :])

    def close(self) -> None:
        """End the connection without waiting."""
        self._writer.transport.abort()

    def _take(self, procedure: int, kind: int, serial: int, status: int, body: bytes) -> None:
        if kind == REPLY:
            # A late reply has no waiting caller.
            reply = self._waiting.get(serial)
            if reply is not None and not reply.done():
                reply.set_result((status, body))
        elif kind == EVENT and procedure == Procedure.DOMAIN_EVENT_CALLBACK_LIFECYCLE:
            with _malformed("a lifecycle event"):
                self._lifecycle(parse_lifecycle(body))

    async def _read(self, size: int) -> bytes:
        try:
            return await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise SourceUnavailable("libvirt has closed the connection") from error


async def connect(path: Path, lifecycle: Callable[[LifecycleEvent], None], steward: Steward | None = None) -> Libvirt:
    """Return a connection to the socket at *path*, or by *steward*, if that guards
    sockets, to the read-only one. Raises SourceUnavailable.
    """
    try:
        if steward is not None and steward.guards_sockets:
            connection = await connect_libvirt(steward)
            reader, writer = await asyncio.open_unix_connection(sock=connection)
        else:
            reader, writer = await asyncio.open_unix_connection(path)
    except OSError as error:
        raise SourceUnavailable(f"libvirt can't be reached: {error.strerror or error}") from error
    return Libvirt(reader, writer, lifecycle)


@contextmanager
def _malformed(subject: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise SourceFailed(f"libvirt's answer to {subject} is malformed: {error}") from error
