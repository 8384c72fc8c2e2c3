"""Limits on what a connection may send and hold, around aiohttp's own protocol, which has none.

A guard sits between a transport and aiohttp's request handler. It hands on whole request heads only: one over 16 KiB
or of more than 128 fields gets 431, one not complete after 10 s is closed, one that does not begin as HTTP/1 does gets
400. A declared body is not read, unless its address takes one. What follows a head is kept back, as the bytes that it
is, until that one has been answered: parsed it costs many times as much. Where there is a WebSocket then, the guard
hands everything through, and has the client's frames looked at.
"""

import asyncio
import re
import socket
from collections.abc import Callable
from http import HTTPStatus

from uma.listener.frame_inspector import FrameInspector, OnViolation
from uma.listener.limits import ConnectionLimiter
from uma.listener.lingering import LingeringTransport
from uma.wire.problem import CONTENT_TYPE, problem_body, title_of

MAX_HEAD = 16 * 1024
MAX_FIELDS = 128
"""Of a head, as aiohttp has it by itself. Each costs a hundred bytes and more, for as long as its connection lasts."""

MAX_BODY = 64 * 1024
"""Of a request whose address takes one."""

HEAD_TIMEOUT = 10.0
EOF_GRACE = 3.0
"""Seconds a WebSocket client has to take the rest after it has sent its last byte."""

WRITE_BUFFER = 32 * 1024
SEND_BUFFER = 64 * 1024
"""What the kernel may hold for one client (it doubles the figure); with WRITE_BUFFER the bound on a stalled client."""

KEEPALIVE = {socket.TCP_KEEPIDLE: 20, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
USER_TIMEOUT_MS = 30_000
"""After this long without an answer to what we sent, pings included, the kernel gives a client up."""

_REQUEST_LINE = re.compile(rb"[A-Z-]+ [!-~]+ HTTP/1\.[01]\r\n")
_BLANK_LINES = re.compile(rb"(?:\r\n)+")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_EXPECT = re.compile(rb"\r\nexpect:[^\r\n]*", re.IGNORECASE)
_WEBSOCKET = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,6})[ \t]*(?=\r\n)", re.IGNORECASE)
_BODY = re.compile(rb"\r\n(?:transfer-encoding:|content-length:[ \t]*0*[^0\s])", re.IGNORECASE)


class GuardedConnection(asyncio.Protocol):
    """One connection. *inner* is aiohttp's protocol for it; *takes_body* tells of a head whether its address does."""

    def __init__(
        self,
        inner: asyncio.Protocol,
        gate: ConnectionLimiter,
        takes_body: Callable[[bytes], bool] = lambda _head: False,
    ) -> None:
        self._inner = inner
        self._gate = gate
        self._takes_body = takes_body
        self._lingering: LingeringTransport | None = None
        self._frames = FrameInspector(asyncio.get_running_loop().time)
        self._head = bytearray()
        self._body_left = 0
        self._unsent = 0
        self._is_open = False
        self._is_asking = False
        self._wants_websocket = False
        self._has_ended = False
        self._is_released = False
        self._is_discarding = False
        self._deadline: asyncio.TimerHandle | None = None
        self._letting_go: asyncio.TimerHandle | None = None
        self._on_full: Callable[[], None] | None = None
        self._on_drained: Callable[[], None] | None = None

    def follow_flow(self, on_full: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """Call these when the connection holds as much unsent as it may, and when it has room again or has ended."""
        self._on_full, self._on_drained = on_full, on_drained

    def note_answered(self) -> None:
        """What was handed on has been answered: the next may follow, after what others have asked meanwhile."""
        if self._wants_websocket:
            return
        if self._head or self._has_ended:
            asyncio.get_running_loop().call_soon(self._go_on)
        else:
            self._is_asking = False

    def _go_on(self) -> None:
        self._is_asking = False
        if self._is_discarding or not self._is_open:
            return
        assert self._lingering is not None
        self._take_heads()
        self._hold_back()
        if self._is_asking or self._is_discarding:
            return
        if self._has_ended:
            self._lingering.close()
        elif self._head:
            self._gate.note(self, headless=True)
            self._expect_head()

    def pass_frames(self, tell: OnViolation) -> None:
        """There is a WebSocket: hand its client's frames on, until *tell* is told a close code and why, for a fault."""
        if not self._is_open:
            return
        self._frames.on_fault(tell)
        self._is_asking, self._is_released = False, True
        self._unsent = 0
        self._gate.note(self, headless=False, websocket=True)
        kept = bytes(self._head)
        self._head.clear()
        self._note_held()
        if kept:
            self._pass_frames(kept)
        if self._lingering is not None:
            self._lingering.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if not self._gate.admit(self):
            transport.abort()
            return
        self._is_open = True
        transport.set_write_buffer_limits(high=WRITE_BUFFER)
        _watch_for_a_dead_peer(transport.get_extra_info("socket"))
        self._lingering = LingeringTransport(transport, self._discard)
        self._expect_head()
        self._inner.connection_made(self._lingering)

    def data_received(self, data: bytes) -> None:
        if self._is_discarding or not self._is_open:
            return
        if self._is_released:
            self._pass_frames(data)
            return
        if self._is_asking:
            self._head += data
            if len(self._head) > MAX_HEAD:
                self._hold_back()
            return
        if not self._head and not self._body_left and self._deadline is None:
            self._gate.note(self, headless=True)
            self._expect_head()
        searched = max(0, len(self._head) - 3)
        self._head += data
        self._take_heads(searched)
        if len(self._head) > MAX_HEAD:
            self._hold_back()

    def _hold_back(self) -> None:
        """Read no more while more than a head waits for an answer to what was before it."""
        if self._lingering is None or self._is_discarding:
            return
        if len(self._head) > MAX_HEAD:
            self._lingering.pause_reading()
        else:
            self._lingering.resume_reading()
        self._note_held()

    def _take_heads(self, searched: int = 0) -> None:
        """Hand on the first of what is whole."""
        while self._head and not (self._is_asking or self._is_discarding):
            if self._body_left:
                self._pass_body()
                continue
            if blank := _BLANK_LINES.match(self._head):
                # Some clients send one between requests. They do not prolong the time for a head.
                del self._head[: blank.end()]
                searched = 0
                continue
            if not (self._head[:1].isupper() or self._head[:1] in b"\r\n"):
                self._refuse(HTTPStatus.BAD_REQUEST, "this port speaks HTTP/1.1, without TLS")
                return
            end = self._head.find(b"\r\n\r\n", searched)
            # Of this head alone: what is behind it may be thousands of others.
            if _BARE_LINE_FEED.search(self._head, searched, len(self._head) if end < 0 else end):
                self._refuse(HTTPStatus.BAD_REQUEST, "a line of the request head ends without a carriage return")
                return
            if end < 0 and len(self._head) <= MAX_HEAD:
                return
            if end < 0 or end + 4 > MAX_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request head is over 16 KiB")
                return
            self._pass_head(end + 4)
            searched = 0

    def _pass_head(self, length: int) -> None:
        head = bytes(self._head[:length])
        self._stop_clock()
        # The request line and the blank one are no fields.
        if head.count(b"\r\n") - 2 > MAX_FIELDS:
            detail = f"the request head has more than {MAX_FIELDS} fields"
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)
            return
        if not _REQUEST_LINE.match(head):
            self._refuse(HTTPStatus.BAD_REQUEST, "the request line is not of the form: GET /path HTTP/1.1")
            return
        # Nobody is told to go on and send a body, which is what aiohttp would say before anything has been judged.
        head = _EXPECT.sub(b"", head)
        del self._head[:length]
        self._gate.note(self, headless=False)
        self._wants_websocket = _WEBSOCKET.search(head) is not None
        has_body = not self._wants_websocket and _BODY.search(head) is not None
        self._body_left = self._wanted_body(head) if has_body else 0
        self._is_asking = not self._body_left
        self._inner.data_received(head)
        if has_body and not self._body_left:
            self._discard()

    def _wanted_body(self, head: bytes) -> int:
        """How many bytes of what follows *head* are handed on."""
        lengths = _LENGTH.findall(head)
        if len(lengths) != 1 or _CHUNKED.search(head) or not self._takes_body(head):
            return 0
        length = int(lengths[0])
        return length if length <= MAX_BODY else 0

    def _pass_body(self) -> None:
        part = bytes(self._head[: self._body_left])
        self._head.clear()
        self._body_left -= len(part)
        if not self._body_left:
            # The connection ends with the answer to a request that has a body.
            self._discard()
            self._is_asking = True
        self._inner.data_received(part)

    def _pass_frames(self, data: bytes) -> None:
        if self._frames.feed(data):
            self._inner.data_received(data)
        else:
            self._discard()

    def _discard(self) -> None:
        """From here on nothing that comes in is handed on."""
        self._is_discarding = True
        self._head.clear()
        self._stop_clock()

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        assert self._lingering is not None
        body = problem_body(status, detail)
        self._lingering.write(
            f"HTTP/1.1 {status.value} {title_of(status)}\r\nContent-Type: {CONTENT_TYPE}\r\n"
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
        """End the connection at once, whatever is unsent."""
        # What has come already, and is handled before the end is, must not count again.
        self._discard()
        self._gate.forget(self)
        if self._lingering is not None:
            self._lingering.abort()

    def _note_held(self) -> None:
        """Have what this connection holds counted, where it is more than any may: beyond a head, and unsent."""
        waiting = len(self._head) if len(self._head) > MAX_HEAD else 0
        if self._is_open:
            self._gate.note_held(self, self._unsent + waiting)

    def eof_received(self) -> bool | None:
        if self._is_released:
            # asyncio closes once all is sent, which a client that has gone without a word may never take.
            self._letting_go = asyncio.get_running_loop().call_later(EOF_GRACE, self.abort)
        if self._is_released or self._wants_websocket or self._body_left or not self._is_open:
            return None
        # What has been asked whole is answered (``printf … | ncat``); a head that has only begun will have no end.
        if b"\r\n\r\n" not in self._head:
            self._head.clear()
        self._has_ended = True
        return self._is_asking

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._gate.forget(self)
        if self._lingering is not None:
            self._lingering.note_lost()
        if self._is_open:
            self._is_open = False
            self._inner.connection_lost(exc)
            if self._on_drained is not None:
                self._on_drained()
            self._on_full = self._on_drained = None

    def pause_writing(self) -> None:
        if self._is_open:
            self._inner.pause_writing()
            if not self._is_released and self._lingering is not None:
                self._unsent = self._lingering.get_write_buffer_size()
                self._note_held()
            if self._on_full is not None:
                self._on_full()

    def resume_writing(self) -> None:
        if self._is_open:
            if not self._is_released:
                self._unsent = 0
                self._note_held()
            self._inner.resume_writing()
            if self._on_drained is not None:
                self._on_drained()


def _watch_for_a_dead_peer(sock: socket.socket) -> None:
    """Have the kernel notice a cut cable: keepalive while idle, a user timeout while something is unanswered."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE.items():
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
