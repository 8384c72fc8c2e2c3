"""Clients of the multiplex address, and the streams that each may follow."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from uma.errors import StreamFull
from uma.model import Message
from uma.model.close_codes import GOING_AWAY
from uma.streams.intervals import Intervals
from uma.streams.places import make_room
from uma.streams.sequence import Cursor, SequencedStream
from uma.streams.session import MultiplexSession
from uma.streams.stream import Stream


class Multiplex:
    """The address of several *streams*. *events* names the streams of events.

    *sampled* names the streams that can have other intervals; *begin* and *end* are as
    in ``Intervals``, with the name as an additional argument. *capacity* may be changed
    at any time; clients above it stay.
    """

    def __init__(
        self,
        streams: Mapping[str, Stream],
        *,
        events: Collection[str],
        sampled: Collection[str],
        begin: Callable[[str, float, Callable[[Message], None]], None],
        end: Callable[[str, float], None],
        capacity: int,
        backlog: int = 256,
    ) -> None:
        self.capacity = capacity
        self.dropped_clients = 0
        self.epoch = secrets.token_hex(8)
        self.streams = {
            name: SequencedStream(s, self.epoch, retained=name not in events) for name, s in streams.items()
        }
        self.sampled = sampled
        self._intervals = {
            name: Intervals(self.streams[name], begin=partial(begin, name), end=partial(end, name)) for name in sampled
        }
        self._backlog = backlog
        # Oldest first; of a dictionary only the keys matter.
        self._sessions: dict[MultiplexSession, None] = {}

    @property
    def connections(self) -> int:
        """Current number of clients."""
        return len(self._sessions)

    @property
    def followers(self) -> Mapping[str, int]:
        """Number of clients by stream."""
        return {name: sum(name in session.followed for session in self._sessions) for name in self.streams}

    @contextmanager
    def subscribe(self, *, peer: str | None = None) -> Iterator[MultiplexSession]:
        """Take a place, freed on exit or when it is closed. Raises StreamFull when
        there is none.

        *peer* is the client's address; no address can hold all places (``make_room``).
        """
        if self.connections >= self.capacity and not make_room(
            tuple(self._sessions), newcomer=peer, capacity=self.capacity
        ):
            raise StreamFull("ws", self.capacity)
        session = MultiplexSession(self._backlog, self._leave, peer=peer)
        self._sessions[session] = None
        try:
            yield session
        finally:
            session.close(GOING_AWAY, "the client left")

    def cursor(self, name: str, *, interval: int | None, after: tuple[str, int] | None) -> Cursor:
        """Open a cursor in the stream *name*: after the message *after* (epoch and
        seq), else at the next message.
        """
        if interval is None:
            numbered, leave = self.streams[name], _nothing
        else:
            numbered, leave = self._intervals[name].join(interval), partial(self._intervals[name].leave, interval)
        if numbered.retained:
            # The newest message is sent at once, even to a client that already had it.
            return Cursor(numbered, self.epoch, 0, leave)
        epoch, seq = (self.epoch, numbered.newest) if after is None else after
        return Cursor(numbered, epoch, seq, leave)

    def stop_following(self, name: str, notice: bytes) -> None:
        """End the stream *name* for all its followers, and send them *notice*."""
        for session in tuple(self._sessions):
            if name in session.followed:
                session.unfollow(name)
                session.answer(notice)

    def close(self, code: int = GOING_AWAY, reason: str = "the daemon stops") -> None:
        """End every connection with a WebSocket close code."""
        for session in tuple(self._sessions):
            session.close(code, reason)

    def _leave(self, session: MultiplexSession) -> None:
        self._sessions.pop(session, None)
        self.dropped_clients += session.is_lagging


def _nothing() -> None:
    """Do nothing when the last follower of a stream's own messages leaves."""
