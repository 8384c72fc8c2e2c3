"""One WebSocket client: it gets a subscription's frames; its own messages are counted
and mostly ignored.

Frames are written as they are published, without a task per client, until the
connection's limit of unsent bytes. Of several in one iteration of the loop, the first
is written at once, the others together at the end. While a connection is full, they
stay pending in the subscription.

A client that reads is never dropped, pongs or no pongs (the guide's curl can't answer).
A client that stops reading is aborted after SEND_TIMEOUT. After a cut cable the kernel
gives the connection up, which is why idle clients are pinged.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from http import HTTPStatus
from time import monotonic
from typing import Any, Protocol, TypeVar

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from uma.aio.deadline import within
from uma.errors import StreamClosed, StreamFull
from uma.listener.connection import GuardedConnection
from uma.listener.lingering import LingeringTransport
from uma.streams.stream import Sink
from uma.web.handshake import make_acceptable, refuse_handshake
from uma.web.problems import problem

SEND_TIMEOUT = 10.0
PING_INTERVAL = 20.0
GOODBYE_TIMEOUTS: dict[int, float] = {1001: 0.25, 1012: 0.25, 1013: 10.0}
GOODBYE_TIMEOUT = 2.0
"""Seconds a client gets to answer our close: few when the daemon stops, and as long as
a send if it lags, since the close waits behind all unread frames.
"""

MAX_FRAMES_A_WRITE = 32
"""Frames held back until a connection can report that it is full."""

STORM_TURNS, STORM_SECONDS = 16, 0.005
"""After so many iterations, each within so many seconds of the one before, a client is
written to only once in that time. At 500 events a second a write then carries three of
them, and clients read less often.
"""

NO_LIMIT = sys.maxsize
"""Bytes after which aiohttp would wait for a full connection to drain: the guard
reports that instead.
"""

MAX_CLIENT_MESSAGE = 4096
RETRY_AFTER = 5


class FrameSource(Protocol):
    """Source of a client's frames: a subscription, or a bundle of several streams."""

    def deliver_to(self, take: Sink) -> None:
        """Pass every frame to *take*, until it refuses one."""
        ...

    def flush(self) -> None:
        """Send the refused frames."""
        ...

    async def closed(self) -> StreamClosed:
        """Wait until closed; return the close code."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection. The first code is kept."""
        ...


P = TypeVar("P", bound=FrameSource)


class WebSocket(web.WebSocketResponse):
    """aiohttp's, which reports when this end begins to close: no frame may follow."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(**options)
        self.on_closing: Callable[[], None] | None = None

    async def close(self, **options: Any) -> bool:  # noqa: ANN401 - as above
        """Close it, as aiohttp does."""
        if self.on_closing is not None:
            self.on_closing()
            self.on_closing = None
        return await super().close(**options)


class Client:
    """One connected client. Times are the loop's.

    A write costs ten times as much as a frame. So all but the first frame of an
    iteration wait for its end, which *turns* tracks for all clients.
    """

    # Close together: with hundreds of clients nothing of them is in the cache.
    __slots__ = (
        "_giving_up",
        "_held",
        "_is_open",
        "_loop",
        "_room",
        "_turn",
        "_turns",
        "sent_at",
        "subscription",
        "transport",
        "write",
        "ws",
    )

    def __init__(self, ws: WebSocket, transport: LingeringTransport, subscription: FrameSource, turns: "Turns") -> None:
        self._turns = turns
        self._turn = -1
        self._held: list[bytes] = []
        self.ws = ws
        self.transport = transport
        self.subscription = subscription
        self._loop = asyncio.get_running_loop()
        self.sent_at = self._loop.time()
        self._giving_up: asyncio.TimerHandle | None = None
        self._room: asyncio.Future[None] | None = None
        self.write = transport.write
        self._is_open = not (ws.closed or transport.is_closing())
        ws.on_closing = transport.on_closing = self._note_closing

    @property
    def is_full(self) -> bool:
        """True while its connection accepts no more data."""
        return self._giving_up is not None

    async def drained(self) -> None:
        """Wait until its connection has room, or has ended."""
        if self._giving_up is not None:
            self._room = self._loop.create_future()
            await self._room

    def begin(self) -> None:
        """Send pending frames, and from now on every frame."""
        guard = self.transport.get_protocol()
        assert isinstance(guard, GuardedConnection)
        guard.follow_flow(self._stop_sending, self._go_on_sending)
        guard.pass_frames(self.subscription.close)
        self.subscription.deliver_to(self._send)

    def end(self) -> None:
        """Cancel the send timeout, and break the reference cycles."""
        self.ws.on_closing = self.transport.on_closing = None
        if self._giving_up is not None:
            self._giving_up.cancel()

    def _send(self, frame: bytes) -> bool:
        # Every message runs this, for each client.
        turns = self._turns
        number = turns.number if turns.has_begun else turns.begin()
        if self._turn == number or turns.is_holding or self._giving_up is not None or not self._is_open:
            return self._send_later(frame)
        self._turn = number
        self.sent_at = turns.began_at
        # Bypasses aiohttp, which builds a head and a copy of the frame for each
        # client: a seventh of the whole cost.
        self.write(turns.data if frame is turns.payload else turns.data_of(frame))
        return True

    def _send_later(self, frame: bytes) -> bool:
        if self._giving_up is not None:
            return False
        if not self._is_open:
            self._note_lost()
            return True
        if not self._held:
            self._turns.clients.append(self)
        self._held.append(frame)
        if len(self._held) >= MAX_FRAMES_A_WRITE:
            self.write_held()
        return True

    def write_held(self) -> None:
        """Write the frames after this iteration's first one, if any."""
        if self._held:
            held, self._held = self._held, []
            if self._is_open:
                self.sent_at = monotonic()
                self.write(text_frames(tuple(held)))
            else:
                self._note_lost()

    def _note_closing(self) -> None:
        self._is_open = False

    def _note_lost(self) -> None:
        self.subscription.close(WSCloseCode.ABNORMAL_CLOSURE, "the connection was lost")

    def _stop_sending(self) -> None:
        if self._giving_up is None:
            self._giving_up = self._loop.call_later(SEND_TIMEOUT, self._give_up)

    def _go_on_sending(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self.sent_at = self._loop.time()
        # Not at once: if a write fails while asyncio reports room, it ends the
        # connection twice, with a traceback.
        self._loop.call_soon(self.subscription.flush)

    def _give_up(self) -> None:
        self.subscription.close(WSCloseCode.TRY_AGAIN_LATER, "stopped reading")
        self.transport.abort()


class Turns:
    """Iterations of the loop in which frames are sent: the newest one's ``number``, and
    the ``clients`` that hold back frames until its end.
    """

    def __init__(self) -> None:
        self.number = 0
        self.has_begun = False
        self.is_holding = False
        """True in a storm: no client is written to before the end."""
        self.quick = 0
        self.began_at = -STORM_SECONDS
        self.payload = b""
        self.data = text_frame(b"")
        """The newest payload, and its frame."""
        self.clients: list[Client] = []

    def begin(self) -> int:
        """Begin an iteration, which ends by itself; return its number."""
        self.has_begun = True
        self.number += 1
        now = monotonic()
        left = self.began_at + STORM_SECONDS - now
        self.quick = self.quick + 1 if left > 0 else 0
        self.is_holding = self.quick > STORM_TURNS
        if self.is_holding:
            asyncio.get_running_loop().call_later(left, self._end)
        else:
            self.began_at = now
            asyncio.get_running_loop().call_soon(self._end)
        return self.number

    def data_of(self, payload: bytes) -> bytes:
        """Return the frame of *payload*, made once for the clients that get it."""
        self.payload, self.data = payload, text_frame(payload)
        return self.data

    def _end(self) -> None:
        if self.is_holding:
            self.began_at = monotonic()
        self.has_begun = self.is_holding = False
        self.payload, self.data = b"", text_frame(b"")
        # No client belongs to an ended iteration.
        self.number += 1
        clients, self.clients = self.clients, []
        for client in clients:
            client.write_held()


class Clients:
    """Every connected client, and one timer for all of them: a timer each would cost
    more than the pings.
    """

    def __init__(self) -> None:
        self.turns = Turns()
        self._clients: set[Client] = set()
        self._joined = asyncio.Event()

    def __iter__(self) -> Iterator[Client]:
        return iter(tuple(self._clients))

    def add(self, client: Client) -> None:
        """Serve *client* from now on."""
        self._clients.add(client)
        self._joined.set()

    def discard(self, client: Client) -> None:
        """Stop serving *client*."""
        self._clients.discard(client)

    async def ping_the_silent(self) -> None:
        """Ping each client that was sent nothing for PING_INTERVAL. Without clients it
        sleeps; it never returns.
        """
        loop = asyncio.get_running_loop()
        while True:
            if not self._clients:
                self._joined.clear()
                await self._joined.wait()
            now = loop.time()
            oldest = min((client.sent_at for client in self._clients if not client.is_full), default=now)
            # Sending only delays a ping, so none is due earlier; those due in the next
            # second are sent together.
            await asyncio.sleep(max(oldest + PING_INTERVAL - now, PING_INTERVAL / 20))
            now = loop.time()
            for client in self:
                if now - client.sent_at >= PING_INTERVAL and not client.is_full:
                    client.sent_at = now
                    try:
                        await client.ws.ping()
                    except ConnectionError:
                        client.transport.abort()


@lru_cache(maxsize=4)
def text_frame(payload: bytes) -> bytes:
    """Encode *payload* as a server's RFC 6455 text frame; one frame per stream is
    cached while it is sent.
    """
    length = len(payload)
    if length < 126:
        head = bytes((0x81, length))
    elif length < 1 << 16:
        head = b"\x81\x7e" + length.to_bytes(2, "big")
    else:
        head = b"\x81\x7f" + length.to_bytes(8, "big")
    return head + payload


@lru_cache(maxsize=2)
def text_frames(payloads: tuple[bytes, ...]) -> bytes:
    """Encode several payloads, one after the other; they are cached while they are
    sent.
    """
    return b"".join(map(text_frame, payloads))


def _forget(_place: FrameSource, _message: WSMessage) -> None:
    """Ignore messages from clients of a single stream."""


async def serve_frames(
    request: web.Request,
    joining: AbstractContextManager[P],
    clients: Clients,
    on_message: Callable[[P, WSMessage], None] = _forget,
) -> web.StreamResponse:
    """Upgrade *request* and send it every frame of the place that *joining* yields,
    until either side ends the connection.

    *on_message* gets that place and the client's message, within the general limits.
    """
    refusal = refuse_handshake(request)
    if refusal is not None:
        return refusal
    request, protocols = make_acceptable(request)
    try:
        with joining as subscription:
            ws = WebSocket(
                timeout=SEND_TIMEOUT,
                autoping=False,
                compress=False,
                max_msg_size=MAX_CLIENT_MESSAGE + 1,  # aiohttp refuses a message that reaches the limit
                writer_limit=NO_LIMIT,
                protocols=protocols,
            )
            await ws.prepare(request)
            transport = request.transport
            if transport is None:
                return ws
            assert isinstance(transport, LingeringTransport)
            client = Client(ws, transport, subscription, clients.turns)
            clients.add(client)
            try:
                await _converse(client, partial(on_message, subscription))
            finally:
                clients.discard(client)
                client.end()
                if (broken := ws.exception()) is not None:
                    # The handshake's frames refer to the WebSocket, which refers to
                    # them.
                    broken.__traceback__ = broken.__context__ = None
    except StreamFull as full:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(full), headers={"Retry-After": str(RETRY_AFTER)}, close=True)
    return ws


async def _converse(client: Client, on_message: Callable[[WSMessage], None]) -> None:
    """Send and listen until the subscription is closed, by the stream or because the
    client left; then close.
    """
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(_listen(client, on_message), name="listen")
        client.begin()
        closed = await client.subscription.closed()
        await _part(client, closed)
        listening.cancel()


async def _listen(client: Client, on_message: Callable[[WSMessage], None]) -> None:
    """Receive the client's messages, answer pings, and notice its end."""
    ws, subscription = client.ws, client.subscription
    try:
        while True:
            message = await ws.receive()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                break
            if message.type is WSMsgType.PING:
                await ws.pong(message.data)
            elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                on_message(message)
    except ConnectionError:
        pass
    subscription.close(WSCloseCode.ABNORMAL_CLOSURE, "the client left")


async def _part(client: Client, closed: StreamClosed) -> None:
    """Send the close code, and wait briefly for the client's."""
    # The close follows all sent frames.
    client.write_held()
    try:
        async with within(GOODBYE_TIMEOUTS.get(closed.code, GOODBYE_TIMEOUT)):
            # aiohttp closes as soon as it has passed on its frames, and a closing
            # connection lingers only briefly.
            await client.drained()
            await client.ws.close(code=closed.code, message=closed.reason.encode(), drain=False)
    except TimeoutError:
        if client.transport.get_write_buffer_size():
            client.transport.abort()
        else:
            # The client has all frames, and a reset might lose the close code.
            client.transport.close()
