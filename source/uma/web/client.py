"""One connected client: its frames are written as they are published, without a task
per client, until the connection's limit of unsent bytes.

Of several in one iteration of the loop, the first is written at once, the others
together at the end. While a connection is full, they stay pending in the subscription.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from aiohttp import WSCloseCode, web

from uma.errors import StreamClosed
from uma.listener.connection import GuardedConnection
from uma.listener.lingering import LingeringTransport
from uma.streams.stream import Sink
from uma.web.frames import text_frame, text_frames

SEND_TIMEOUT = 10.0
"""Seconds until a client that stopped reading is aborted."""

MAX_FRAMES_A_WRITE = 32
"""Frames held back until a connection can report that it is full."""

WRITE_SHARE, MAX_ALLOWANCE_SECONDS, MAX_HOLD_SECONDS, STORM_CLIENTS = 0.5, 0.02, 0.005, 16
"""Writes may take that share of the loop's time, and MAX_ALLOWANCE_SECONDS in one go.
Beyond that, frames are held for at most MAX_HOLD_SECONDS, so that a write carries
several of them and clients read less often. With few clients there is nothing to gain.
"""


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


class WebSocket(web.WebSocketResponse):
    """WebSocket that reports when this end begins to close: no frame may follow."""

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
        self.served = 0
        """Clients there are, whether they get a frame in this iteration or not."""
        self.began_at = 0.0
        self._allowance = MAX_ALLOWANCE_SECONDS
        """Seconds that writes may take now; they grow by WRITE_SHARE of each second."""
        self._counted_at = 0.0
        self.payload = b""
        self.data = text_frame(b"")
        """The newest payload, and its frame."""
        self.clients: list[Client] = []

    def begin(self) -> int:
        """Begin an iteration, which ends by itself; return its number."""
        self.has_begun = True
        self.number += 1
        self.began_at = now = monotonic()
        earned = (now - self._counted_at) * WRITE_SHARE
        self._allowance, self._counted_at = min(self._allowance + earned, MAX_ALLOWANCE_SECONDS), now
        self.is_holding = self._allowance < 0 and self.served >= STORM_CLIENTS
        if self.is_holding:
            asyncio.get_running_loop().call_later(-self._allowance / WRITE_SHARE, self._end)
        else:
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
        took = monotonic() - self.began_at
        # While the whole process was paused, nothing was written.
        self._allowance = max(self._allowance - took, -MAX_HOLD_SECONDS * WRITE_SHARE)
