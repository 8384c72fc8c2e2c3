"""One client of the multiplex address: answers and followed streams as one sequence of
frames.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

from uma.errors import StreamClosed
from uma.model.close_codes import LAGGING
from uma.streams.sequence import Cursor
from uma.streams.stream import Sink

MOST_ANSWERS = 256
"""Pending answers of a client that sends commands and does not read."""

RESUME_SECONDS = 5.0
"""Minimum seconds between two resumptions of a stream by one client."""

MOST_AT_ONCE = 8
"""Frames sent before other clients get a turn: a thousand missed messages would make
them wait.
"""


class MultiplexSession:
    """Follower of any number of streams, with a cursor in each. It holds no messages
    itself, only answers.
    """

    def __init__(self, backlog: int, leave: Callable[["MultiplexSession"], None], *, peer: str | None = None) -> None:
        self.peer = peer
        self._resumed_at: dict[str, float] = {}
        self._backlog = backlog
        self._leave = leave
        # In the order of turns: a stream that has given a frame goes to the end.
        self._cursors: dict[str, Cursor] = {}
        self._listeners: dict[str, Callable[[], None]] = {}
        # Streams whose on-demand figures it wants.
        self._holding: set[str] = set()
        self._answers: deque[bytes] = deque()
        self._take: Sink | None = None
        self._is_going_on = False
        self._ended = asyncio.Event()
        self._closed: StreamClosed | None = None

    @property
    def followed(self) -> frozenset[str]:
        """The names of the streams that it follows."""
        return frozenset(self._cursors)

    def may_resume(self, name: str) -> bool:
        """Return True and count it if stream *name* may be resumed now;
        each resume can cost all that is kept.
        """
        now = asyncio.get_running_loop().time()
        if now - self._resumed_at.get(name, float("-inf")) < RESUME_SECONDS:
            return False
        self._resumed_at[name] = now
        return True

    def follow(self, cursor: Cursor, *, wants_figures: bool = True) -> None:
        """Send the messages of the cursor's stream, from its position on.

        Without *wants_figures* it adds no demand for figures.
        """
        if self._closed is not None:
            # Commands may still arrive while the client is being disconnected.
            cursor.leave()
            return
        stream = cursor.numbered.stream
        self._cursors[stream.name] = cursor
        self._listeners[stream.name] = partial(self._look, cursor)
        stream.listeners.add(self._listeners[stream.name])
        if wants_figures:
            stream.demand.hold()
            self._holding.add(stream.name)
        self.flush()

    def unfollow(self, name: str) -> None:
        """Stop sending messages of the stream *name*."""
        cursor = self._cursors.pop(name)
        cursor.numbered.stream.listeners.discard(self._listeners.pop(name))
        if name in self._holding:
            self._holding.remove(name)
            cursor.numbered.stream.demand.release()
        cursor.leave()

    def answer(self, frame: bytes) -> None:
        """Add *frame*, which is sent before all pending messages."""
        if self._closed is not None:
            return
        self._answers.append(frame)
        self.flush()
        if len(self._answers) > MOST_ANSWERS:
            self.close(LAGGING, f"more than {MOST_ANSWERS} answers behind")

    def deliver_to(self, take: Sink) -> None:
        """Pass every frame, present and later, to *take*.

        A refused frame stays until ``flush``; of a state there may be a newer one by
        then.
        """
        self._take = take
        self.flush()

    def flush(self) -> None:
        """Pass on pending frames until one is refused: some now, the rest in later
        iterations of the loop.
        """
        for _ in range(MOST_AT_ONCE):
            if self._take is None or self._closed is not None:
                return
            if self._answers:
                if not self._take(self._answers[0]):
                    return
                # None if *take* has closed the session.
                if self._answers:
                    self._answers.popleft()
            elif not self._give_next(self._take):
                return
        if not self._is_going_on:
            self._is_going_on = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._is_going_on = False
        self.flush()

    def _give_next(self, take: Sink) -> bool:
        """Pass on one message of the first stream in turn that has one."""
        for name, cursor in self._cursors.items():
            is_taken = cursor.give(take)
            if is_taken is not None:
                if is_taken and name in self._cursors:
                    self._cursors[name] = self._cursors.pop(name)
                return is_taken
        return False

    def _look(self, cursor: Cursor) -> None:
        """Pass on the cursor's new message if nothing else waits."""
        # If anything waits, the connection is full or about to be flushed.
        if self._take is not None and self._closed is None and not self._answers:
            cursor.give(self._take)
        if cursor.behind > self._backlog:
            self.close(LAGGING, f"more than {self._backlog} messages behind")

    def close(self, code: int, reason: str) -> None:
        """End the session and free its place. The first code is kept."""
        if self._closed is None:
            self._closed = StreamClosed(code, reason)
            self._take = None
            for name in tuple(self._cursors):
                self.unfollow(name)
            self._answers.clear()
            self._ended.set()
            self._leave(self)

    @property
    def is_lagging(self) -> bool:
        """True if it was closed because its client reads too slowly."""
        return self._closed is not None and self._closed.code == LAGGING

    async def closed(self) -> StreamClosed:
        """Wait until it is closed; return the close code."""
        await self._ended.wait()
        assert self._closed is not None
        return self._closed
