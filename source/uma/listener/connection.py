"""Limits on a connection's input and buffers, around aiohttp's own protocol, which has
none.

A guarded connection sits between a transport and aiohttp's request handler. It forwards
complete request heads only. A head over 16 KiB or with more than 128 fields gets 431;
one that is incomplete after 10 s is closed; one that is not HTTP/1 gets 400. A declared
body is not read, unless its address accepts one; an empty chunked body counts as none.
Bytes after a head are kept unparsed until the head has been answered: parsed, they
would take many times the memory. For a WebSocket it forwards everything, and inspects
the client's frames.

========== ==================================== ==========
state      event                                next state
========== ==================================== ==========
NEW        admitted                             HEAD
NEW        not admitted                         CLOSED
HEAD       head is whole, without a body        ANSWERING
HEAD       head is whole, for a WebSocket       UPGRADING
HEAD       head is whole, its body is taken     BODY
HEAD       head is whole, its body is not taken LAST
HEAD       head is invalid or too long          DISCARDING
HEAD       HEAD_TIMEOUT has passed              DISCARDING
BODY       body is whole                        LAST
ANSWERING  answered, nothing is kept            IDLE
ANSWERING  answered, bytes are kept             HEAD
IDLE       first byte of a request              HEAD
UPGRADING  the handshake was accepted           FRAMES
FRAMES     a frame violates the protocol        DISCARDING
any        closed or aborted by this side       DISCARDING
any        connection lost                      CLOSED
========== ==================================== ==========

In LAST a last request is answered; in DISCARDING input is ignored.
"""

import asyncio
import enum
from collections.abc import Callable

from uma.listener.dead_peers import watch_for_a_dead_peer
from uma.listener.frame_inspector import FrameInspector, OnViolation
from uma.listener.limits import ConnectionLimiter
from uma.listener.lingering import LingeringTransport
from uma.listener.request_buffer import Refusal, RequestBuffer
from uma.listener.request_head import MAX_HEAD, body_length, has_body, wants_websocket
from uma.wire.problem import CONTENT_TYPE, problem_body, title_of

HEAD_TIMEOUT = 10.0
EOF_GRACE = 3.0
"""Seconds that a WebSocket client has to read the rest after it has half-closed."""

WRITE_BUFFER = 32 * 1024
SEND_BUFFER = 64 * 1024
"""Kernel send buffer of one client (the kernel doubles the figure); with WRITE_BUFFER
it bounds a stalled client.
"""


class State(enum.Enum):
    """State of a connection; the transitions are in the module's docstring."""

    NEW = enum.auto()
    IDLE = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()
    ANSWERING = enum.auto()
    LAST = enum.auto()
    UPGRADING = enum.auto()
    FRAMES = enum.auto()
    DISCARDING = enum.auto()
    CLOSED = enum.auto()


# States in which input is parsed as requests, and those in which it is ignored.
_READING = frozenset({State.IDLE, State.HEAD, State.BODY})
_OVER = frozenset({State.LAST, State.DISCARDING})


class GuardedConnection(asyncio.Protocol):
    """Connection with limits, in front of aiohttp's protocol *inner*.

    *takes_body* returns True for the head of a request that may have a body.
    """

    def __init__(
        self,
        inner: asyncio.Protocol,
        gate: ConnectionLimiter,
        takes_body: Callable[[bytes], bool] = lambda _head: False,
    ) -> None:
        self.gate = gate
        self._inner = inner
        self._takes_body = takes_body
        self._state = State.NEW
        self._lingering: LingeringTransport | None = None
        self._frames = FrameInspector(asyncio.get_running_loop().time)
        self._received = RequestBuffer()
        self._body_left = 0
        self._unsent = 0
        # Facts that outlast a state: it became a WebSocket; the client has sent its
        # FIN.
        self._is_websocket = False
        self._has_ended = False
        self._deadline: asyncio.TimerHandle | None = None
        self._letting_go: asyncio.TimerHandle | None = None
        self._on_made: Callable[[], None] | None = None
        self._on_full: Callable[[], None] | None = None
        self._on_drained: Callable[[], None] | None = None

    @property
    def is_open(self) -> bool:
        """True once admitted, until the connection is lost."""
        return self._state not in (State.NEW, State.CLOSED)

    def follow_flow(self, on_full: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """Call these when the connection's buffer is full, and when it has room again
        or has ended.
        """
        self._on_full, self._on_drained = on_full, on_drained

    def follow_handshake(self, on_made: Callable[[], None]) -> None:
        """Call *on_made* when TLS is established, before this connection is counted."""
        self._on_made = on_made

    def note_answered(self) -> None:
        """Process the next request, after other connections had their turn."""
        if self._state is State.LAST:
            self._state = State.DISCARDING
        elif self._state is State.ANSWERING:
            if self._received or self._has_ended:
                asyncio.get_running_loop().call_soon(self._go_on)
            else:
                self._state = State.IDLE

    def _go_on(self) -> None:
        if self._state is not State.ANSWERING:
            return
        assert self._lingering is not None
        self._state = State.HEAD
        self._take_heads()
        self._hold_back()
        if self._state not in _READING:
            return
        if self._has_ended:
            self._lingering.close()
        elif self._received:
            self.gate.note(self, headless=True)
            self._expect_head()
        elif self._state is State.HEAD:
            self._state = State.IDLE

    def pass_frames(self, on_violation: OnViolation) -> None:
        """Switch to WebSocket mode and forward frames, until *on_violation* gets a code
        and reason for a violation.
        """
        if not self.is_open or self._state is State.DISCARDING:
            return
        self._frames.on_fault(on_violation)
        self._state, self._is_websocket = State.FRAMES, True
        self._unsent = 0
        self.gate.note(self, headless=False, websocket=True)
        kept = self._received.take_all()
        self._note_held()
        if kept:
            self._pass_frames(kept)
        if self._lingering is not None:
            self._lingering.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._on_made is not None:
            self._on_made()
            self._on_made = None
        if not self.gate.admit(self):
            transport.abort()
            return
        self._state = State.HEAD
        transport.set_write_buffer_limits(high=WRITE_BUFFER)
        watch_for_a_dead_peer(transport.get_extra_info("socket"))
        self._lingering = LingeringTransport(transport, self._discard)
        self._expect_head()
        self._inner.connection_made(self._lingering)

    def data_received(self, data: bytes) -> None:
        match self._state:
            case State.FRAMES:
                self._pass_frames(data)
            case State.ANSWERING | State.UPGRADING:
                self._received.add(data)
                if len(self._received) > MAX_HEAD:
                    self._hold_back()
            case State.IDLE | State.HEAD | State.BODY:
                self._take(data)

    def _take(self, data: bytes) -> None:
        if self._state is State.IDLE:
            self._state = State.HEAD
            self.gate.note(self, headless=True)
            self._expect_head()
        self._received.add(data)
        self._take_heads()
        if len(self._received) > MAX_HEAD:
            self._hold_back()

    def _hold_back(self) -> None:
        """Pause reading while more than a head waits for the answer to the previous
        request.
        """
        if self._lingering is None or self._state in _OVER:
            return
        if len(self._received) > MAX_HEAD:
            self._lingering.pause_reading()
        else:
            self._lingering.resume_reading()
        self._note_held()

    def _take_heads(self) -> None:
        """Forward the rest of a body, or the next complete request head."""
        while self._received and self._state in _READING:
            if self._body_left:
                self._pass_body()
                continue
            head = self._received.cut_head()
            if head is None:
                return
            if isinstance(head, Refusal):
                self._refuse(head)
                return
            self._pass_head(head)

    def _pass_head(self, head: bytes) -> None:
        self._stop_clock()
        self.gate.note(self, headless=False)
        if wants_websocket(head):
            self._state = State.UPGRADING
        elif not has_body(head):
            self._state = State.ANSWERING
        else:
            # The bytes after the head that are forwarded.
            self._body_left = (body_length(head) or 0) if self._takes_body(head) else 0
            self._state = State.BODY
            if not self._body_left:
                self._discard(State.LAST)
        self._inner.data_received(head)

    def _pass_body(self) -> None:
        part = self._received.take_all()[: self._body_left]
        self._body_left -= len(part)
        if not self._body_left:
            # The connection ends with the answer to a request with a body.
            self._discard(State.LAST)
        self._inner.data_received(part)

    def _pass_frames(self, data: bytes) -> None:
        if self._frames.feed(data):
            self._inner.data_received(data)
        else:
            self._discard()

    def _discard(self, state: State = State.DISCARDING) -> None:
        """Ignore all further input."""
        if self._state is not State.CLOSED:
            self._state = state
        self._received.clear()
        self._stop_clock()

    def _refuse(self, refusal: Refusal) -> None:
        assert self._lingering is not None
        body = problem_body(refusal.status, refusal.detail)
        self._lingering.write(
            f"HTTP/1.1 {refusal.status.value} {title_of(refusal.status)}\r\n"
            f"Content-Type: {CONTENT_TYPE}\r\n{refusal.fields}"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        self._lingering.close()

    def _expect_head(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(HEAD_TIMEOUT, self.abort)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def abort(self) -> None:
        """End the connection at once, dropping unsent bytes."""
        # Received bytes that are handled before the end must not count again.
        self._discard()
        self.gate.forget(self)
        if self._lingering is not None:
            self._lingering.abort()

    def _note_held(self) -> None:
        """Count the bytes that this connection holds: beyond a head, and
        unsent ones.
        """
        waiting = len(self._received) if len(self._received) > MAX_HEAD else 0
        if self.is_open:
            self.gate.note_held(self, self._unsent + waiting)

    def eof_received(self) -> bool | None:
        if self._is_websocket:
            # asyncio closes once everything is sent, which may never happen if a client
            # is gone without a FIN.
            self._letting_go = asyncio.get_running_loop().call_later(EOF_GRACE, self.abort)
            return None
        if self._state in (State.UPGRADING, State.BODY) or not self.is_open:
            return None
        # Complete requests are answered (``printf … | ncat``); an incomplete head can't
        # be completed.
        if not self._received.has_whole_head:
            self._received.clear()
        self._has_ended = True
        # asyncio ends a TLS connection in any case, and would log a wish to keep it.
        can_stay = self._lingering is not None and self._lingering.can_write_eof()
        return can_stay and self._state in (State.ANSWERING, State.LAST)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        if self._letting_go is not None:
            self._letting_go.cancel()
        self.gate.forget(self)
        if self._lingering is not None:
            self._lingering.note_lost()
        was_open, self._state = self.is_open, State.CLOSED
        if was_open:
            self._inner.connection_lost(exc)
            if self._on_drained is not None:
                self._on_drained()
            self._on_full = self._on_drained = None

    def pause_writing(self) -> None:
        if self.is_open:
            self._inner.pause_writing()
            if not self._is_websocket and self._lingering is not None:
                self._unsent = self._lingering.get_write_buffer_size()
                self._note_held()
            if self._on_full is not None:
                self._on_full()

    def resume_writing(self) -> None:
        if self.is_open:
            if not self._is_websocket:
                self._unsent = 0
                self._note_held()
            self._inner.resume_writing()
            if self._on_drained is not None:
                self._on_drained()
