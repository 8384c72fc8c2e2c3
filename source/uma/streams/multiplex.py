"""Several streams over one connection: who is connected, and what each of them may follow."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from uma.errors import StreamFull
from uma.model import Message
from uma.model.closing import GOING_AWAY
from uma.streams.bundle import Bundle
from uma.streams.numbered import Cursor, Numbered
from uma.streams.paces import Paces
from uma.streams.stream import Stream


class Multiplex:
    """The address of several *streams*. *events* names those of which every message counts.

    *sampled* names the stream that can have other intervals, which *begin* and *end* see to (see ``Paces``).
    *capacity* may be changed at any time; clients above it stay.
    """

    def __init__(
        self,
        streams: Mapping[str, Stream],
        *,
        events: Collection[str],
        sampled: str,
        begin: Callable[[float, Callable[[Message], None]], None],
        end: Callable[[float], None],
        capacity: int,
        backlog: int = 256,
    ) -> None:
        self.capacity = capacity
        self.dropped_clients = 0
        self.epoch = secrets.token_hex(8)
        self.streams = {name: Numbered(s, self.epoch, retained=name not in events) for name, s in streams.items()}
        self.sampled = sampled
        self._paces = Paces(self.streams[sampled], begin=begin, end=end)
        self._backlog = backlog
        self._bundles: set[Bundle] = set()

    @property
    def connections(self) -> int:
        """How many clients there are now."""
        return len(self._bundles)

    @property
    def followers(self) -> Mapping[str, int]:
        """How many of them follow each stream."""
        return {name: sum(name in bundle.followed for bundle in self._bundles) for name in self.streams}

    @contextmanager
    def subscribe(self) -> Iterator[Bundle]:
        """A place, freed on exit or when it is closed. Raises StreamFull when there is none."""
        if self.connections >= self.capacity:
            raise StreamFull("ws", self.capacity)
        bundle = Bundle(self._backlog, self._leave)
        self._bundles.add(bundle)
        try:
            yield bundle
        finally:
            bundle.close(GOING_AWAY, "the client left")

    def cursor(self, name: str, *, interval: int | None, after: tuple[str, int] | None) -> Cursor:
        """A place in the stream *name*: behind the message *after* (epoch and seq), else before what comes next."""
        if interval is None:
            numbered, leave = self.streams[name], _nothing
        else:
            numbered, leave = self._paces.join(interval), partial(self._paces.leave, interval)
        if numbered.retained:
            # The newest at once, whatever the client has had.
            return Cursor(numbered, self.epoch, 0, leave)
        epoch, seq = (self.epoch, numbered.newest) if after is None else after
        return Cursor(numbered, epoch, seq, leave)

    def stop_following(self, name: str, notice: bytes) -> None:
        """Take the stream *name* from all who follow it, and give them *notice*."""
        for bundle in tuple(self._bundles):
            if name in bundle.followed:
                bundle.unfollow(name)
                bundle.answer(notice)

    def close(self, code: int = GOING_AWAY, reason: str = "the daemon stops") -> None:
        """End every connection with a WebSocket close code."""
        for bundle in tuple(self._bundles):
            bundle.close(code, reason)

    def _leave(self, bundle: Bundle) -> None:
        self._bundles.discard(bundle)
        self.dropped_clients += bundle.is_lagging


def _nothing() -> None:
    """What there is to do when a stream's own messages are followed no more."""
