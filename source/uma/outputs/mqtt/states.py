"""States on their way to a broker: retained, and the newest one when it is due."""

import time
from collections.abc import Callable

import structlog

from uma.aio.deadline import within
from uma.errors import StreamClosed
from uma.feeds.feed import Feed
from uma.outputs.mqtt.client import Client
from uma.outputs.mqtt.throttle import State, Throttle
from uma.outputs.mqtt.timing import Timing
from uma.outputs.mqtt.topics import Topics
from uma.streams import Stream, Subscription

log = structlog.get_logger()


class StateFlow:
    """States of one *feed* from now on. *on_sent* is called after each."""

    def __init__(
        self,
        client: Client,
        topics: Topics,
        feed: Feed,
        stream: Stream,
        *,
        timing: Timing,
        on_sent: Callable[[], None],
    ) -> None:
        self._client = client
        self._topic = topics.of_stream(feed.name)
        self._feed = feed
        self._stream = stream
        self._pacing = Throttle(time.monotonic, spacing=timing.spacing, heartbeat=timing.heartbeat)
        self._on_sent = on_sent

    async def run(self) -> None:
        """Publish each state that is due; never returns."""
        # A broker that gets a feed is demand for its figures.
        with self._stream.demand.held():
            while True:
                with self._stream.subscribe(takes_place=False) as subscription:
                    try:
                        await self._follow(subscription)
                    except StreamClosed as closed:
                        log.debug("stream closed to the broker", stream=self._feed.name, reason=closed.reason)

    async def publish_newest(self, *, retain: bool) -> None:
        """Publish the newest state, if there is one, even if it is not due."""
        if newest := tuple(self._stream.recent)[-1:]:
            await self._client.publish(self._topic, newest[0], qos=0, retain=retain)

    async def _follow(self, subscription: Subscription) -> None:
        state: State | None = None
        while True:
            try:
                # A newer state replaces one that is not due yet, and may be due at
                # once.
                async with within(None if state is None else self._pacing.wait(state)):
                    frame = await subscription.next_frame()
                state = self._state_of(frame)
            except TimeoutError:
                assert state is not None
                await self._client.publish(self._topic, state.frame, qos=0)
                self._pacing.sent(state)
                state = None
                self._on_sent()

    def _state_of(self, frame: bytes) -> State:
        newest = self._stream.newest
        return State(frame, None if self._feed.facts is None or newest is None else self._feed.facts(newest))
