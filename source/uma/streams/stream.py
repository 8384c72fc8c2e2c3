"""One stream of messages and its subscriptions. The package's docstring has the
contract.
"""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from uma.errors import StreamClosed, StreamFull
from uma.feeds.feed import Demand
from uma.model import Message
from uma.model.close_codes import GOING_AWAY, LAGGING
from uma.streams.places import make_room

Encode = Callable[[Message, float], bytes]
Sink = Callable[[bytes], bool]
"""Takes a frame without waiting, or returns False until there is room."""


class Subscription:
    """One client's bounded place on a stream, read by ``next_frame`` or delivered by
    ``deliver_to``.
    """

    def __init__(
        self,
        backlog: int,
        leave: Callable[["Subscription"], None],
        *,
        ready: "dict[Subscription, Sink] | None" = None,
        takes_place: bool = True,
        peer: str | None = None,
    ) -> None:
        self.takes_place = takes_place
        self.peer = peer
        self._backlog = backlog
        self._leave = leave
        self._ready: dict[Subscription, Sink] = {} if ready is None else ready
        """Subscriptions without pending frames, and the receivers of their
        next frame.
        """
        # Insertion order is sending order. A retained frame's key is its kind, so a
        # newer frame replaces it.
        self._pending: dict[Hashable, bytes] = {}
        self._take: Sink | None = None
        self._arrived = asyncio.Event()
        self._ended = asyncio.Event()
        self._closed: StreamClosed | None = None

    def offer(self, key: Hashable, frame: bytes) -> None:
        """Add *frame*, or replace the pending frame of the same *key*."""
        if self._closed is not None:
            return
        if self._take is None or self._pending or not self._take(frame):
            self.keep(key, frame)

    def keep(self, key: Hashable, frame: bytes) -> None:
        """Add *frame*, which the sink has refused."""
        if self._closed is None:
            self._ready.pop(self, None)
            self._pending[key] = frame
            if len(self._pending) > self._backlog:
                self.close(LAGGING, f"more than {self._backlog} messages behind")
            self._arrived.set()

    def deliver_to(self, take: Sink) -> None:
        """Pass every frame, pending or later, to *take*.

        A refused frame stays pending, with those after it, until ``flush``.
        """
        self._take = take
        self.flush()

    def flush(self) -> None:
        """Pass on pending frames until one is refused."""
        while self._pending and self._take is not None:
            oldest = next(iter(self._pending))
            if not self._take(self._pending[oldest]):
                return
            # None if *take* has closed the subscription.
            self._pending.pop(oldest, None)
        if self._take is not None:
            self._ready[self] = self._take

    def close(self, code: int, reason: str) -> None:
        """End the subscription: free its place and drop pending frames. The first code
        is kept.
        """
        if self._closed is None:
            self._closed = StreamClosed(code, reason)
            self._take = None
            self._ready.pop(self, None)
            self._pending.clear()
            self._arrived.set()
            self._ended.set()
            self._leave(self)

    @property
    def is_lagging(self) -> bool:
        """True if it was closed because its client reads too slowly."""
        return self._closed is not None and self._closed.code == LAGGING

    async def closed(self) -> StreamClosed:
        """Wait until the subscription is closed; return the close code."""
        await self._ended.wait()
        assert self._closed is not None
        return self._closed

    async def next_frame(self) -> bytes:
        """Return the oldest pending frame, waiting if there is none. Raises
        StreamClosed once it is closed.
        """
        while not self._pending:
            if self._closed is not None:
                raise self._closed
            self._arrived.clear()
            await self._arrived.wait()
        return self._pending.pop(next(iter(self._pending)))


class Stream:
    """A sequence of messages of one kind. ``newest`` and ``recent`` serve REST and
    metrics.

    *encode* turns a message and the Unix time of its publication into a frame. *recent*
    is how many frames are kept for REST. *capacity* may be changed at any time;
    subscriptions above it stay. *numbers* gives each message its ``seq``. Each of
    ``listeners`` is called after a new message. Clients' subscriptions hold ``demand``.
    """

    def __init__(
        self,
        name: str,
        *,
        encode: Encode,
        clock: Callable[[], float],
        capacity: int,
        backlog: int = 256,
        recent: int = 1,
        numbers: Iterator[int] | None = None,
        demand: Demand | None = None,
    ) -> None:
        self.name = name
        self.demand = Demand() if demand is None else demand
        self.capacity = capacity
        self.newest: Message | None = None
        self.last_message_at: float | None = None
        self.published_at: float | None = None
        """Time of the newest message by the monotonic clock, for its age."""
        self.forgotten_at = float("-inf")
        """Monotonic time from which a message is awaited again."""
        self.recent: deque[bytes] = deque(maxlen=recent)
        self.messages = 0
        self.seq = 0
        self.dropped_clients = 0
        self.listeners: set[Callable[[], None]] = set()
        self._numbers = itertools.count(1) if numbers is None else numbers
        self._encode = encode
        self._clock = clock
        self._backlog = backlog
        # Oldest first; of a dictionary only the keys matter.
        self._subscriptions: dict[Subscription, None] = {}
        self._ready: dict[Subscription, Sink] = {}

    @property
    def connections(self) -> int:
        """Number of subscriptions that count as a place."""
        return sum(subscription.takes_place for subscription in self._subscriptions)

    def publish(self, message: Message) -> None:
        """Encode *message* once and offer its frame to every subscription, without
        waiting.
        """
        now = self._clock()
        frame = self._encode(message, now)
        self.messages += 1
        self.seq = next(self._numbers)
        self.newest = message
        self.last_message_at = now
        self.published_at = time.monotonic()
        self.recent.append(frame)
        key: Hashable = message.kind if message.retained else self.seq
        ready = tuple(self._ready.items())
        if len(ready) < len(self._subscriptions):
            for subscription in [each for each in self._subscriptions if each not in self._ready]:
                subscription.offer(key, frame)
        # Nearly all are ready: past `offer`, which costs a fifth of what a frame does.
        for subscription, take in ready:
            if not take(frame):
                subscription.keep(key, frame)
        for listener in tuple(self.listeners):
            listener()

    def forget(self) -> None:
        """Drop the kept messages, which clients may no longer read. The numbering
        continues.
        """
        self.newest = self.last_message_at = self.published_at = None
        self.forgotten_at = time.monotonic()
        self.recent.clear()

    def branch(self) -> "Stream":
        """Return another stream of the same name and numbering, which begins with this
        one's newest message.
        """
        branch = Stream(
            self.name, encode=self._encode, clock=self._clock, capacity=0, numbers=self._numbers, demand=self.demand
        )
        branch.recent.extend(tuple(self.recent)[-1:])
        branch.newest, branch.last_message_at, branch.seq = self.newest, self.last_message_at, self.seq
        return branch

    @contextmanager
    def subscribe(self, *, takes_place: bool = True, peer: str | None = None) -> Iterator[Subscription]:
        """Take a place on the stream, freed on exit or when it is closed. Raises
        StreamFull when there is none.

        *peer* is the client's address; no address can hold all places (``make_room``).
        The daemon's own readers (the webGUI's channel, a broker) take no client's
        place, and are not counted as one.
        """
        if takes_place and self.connections >= self.capacity:
            taken = [each for each in self._subscriptions if each.takes_place]
            if not make_room(taken, newcomer=peer, capacity=self.capacity):
                raise StreamFull(self.name, self.capacity)
        subscription = Subscription(self._backlog, self._leave, ready=self._ready, takes_place=takes_place, peer=peer)
        if takes_place:
            self.demand.hold()
        if self.newest is not None and self.newest.retained:
            subscription.offer(self.newest.kind, self.recent[-1])
        self._subscriptions[subscription] = None
        try:
            yield subscription
        finally:
            subscription.close(GOING_AWAY, "the client left")

    def _leave(self, subscription: Subscription) -> None:
        self._subscriptions.pop(subscription, None)
        if subscription.takes_place:
            self.demand.release()
            self.dropped_clients += subscription.is_lagging

    def close(self, code: int = GOING_AWAY, reason: str = "the daemon stops") -> None:
        """End every subscription with a WebSocket close code."""
        for subscription in tuple(self._subscriptions):
            subscription.close(code, reason)
