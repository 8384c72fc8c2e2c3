"""Announcement of the feeds' entities to Home Assistant during one connection."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from uma.aio.deadline import within
from uma.feeds.feed import Feed
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt import throttle
from uma.outputs.mqtt.announced import Announced
from uma.outputs.mqtt.client import Client
from uma.outputs.mqtt.discovery import announcements
from uma.outputs.mqtt.entities import Entities
from uma.outputs.mqtt.timing import Timing
from uma.outputs.mqtt.topics import Topics
from uma.streams import Stream


class Announcer:
    """Keeper of the entities of *feeds* at the broker, by the newest messages.

    *intervals* are the seconds between two messages of a state, by feed.
    """

    def __init__(
        self,
        client: Client,
        topics: Topics,
        nameplate: ServerIdentity,
        *,
        feeds: Sequence[Feed],
        streams: Mapping[str, Stream],
        intervals: Mapping[str, float],
        timing: Timing,
    ) -> None:
        self._client = client
        self._topics = topics
        self._nameplate = nameplate
        self._feeds = feeds
        self._streams = streams
        self._expiry = expiry_of(feeds, intervals)
        self._look_again = timing.look_again
        self._entities = Entities(feeds)
        self._roll = Announced(time.monotonic, grace=timing.grace)
        self._look = asyncio.Event()
        self.has_announced = asyncio.Event()
        """Set once an entity has been published."""
        self._shown: Mapping[str, bytes] | None = None

    def look(self) -> None:
        """Compare the entities soon: there is a newer state."""
        self._look.set()

    def found(self, topic: str) -> None:
        """Note an entity of this server that the broker retains."""
        self._roll.found(topic)

    def renew(self) -> None:
        """Announce all entities again."""
        self._roll.tell_again()
        self._look.set()

    async def run(self) -> None:
        """Announce and withdraw entities; never returns."""
        while True:
            self._look.clear()
            newest = {feed.name: self._streams[feed.name].newest for feed in self._feeds}
            if self._entities.update(newest) or self._shown is None:
                self._shown = announcements(self._entities.known, self._topics, self._nameplate, self._expiry)
            for topic, payload in self._roll.changes(self._shown, is_whole=self._entities.is_whole):
                await self._client.publish(topic, payload)
                self.has_announced.set()
            try:
                async with within(self._look_again):
                    await self._look.wait()
            except TimeoutError:
                continue


def expiry_of(feeds: Sequence[Feed], intervals: Mapping[str, float]) -> dict[str, int]:
    """Return the seconds after which a state is too old to show, by feed: three
    intervals, as in health.
    """
    return {
        feed.name: 3 * int(max(throttle.HEARTBEAT, intervals[feed.name]))
        for feed in feeds
        if feed.retained and feed.name in intervals
    }
