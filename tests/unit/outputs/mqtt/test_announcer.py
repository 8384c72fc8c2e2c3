"""Entities announced at the broker, from the newest messages."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.support.feeds import GUIDES, STORAGE, SYSTEM, encode
from uma.feeds.feed import Feed
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.announced import WITHDRAWN
from uma.outputs.mqtt.announcer import Announcer, expiry_of
from uma.outputs.mqtt.timing import Timing
from uma.outputs.mqtt.topics import Topics
from uma.streams import Stream

from .recorder import Recorder, settled
from .samples import ID, storage

TOPICS = Topics("uma", "tower", ID)
USAGE_OF_DISK2 = f"homeassistant/sensor/uma_{ID}/disk_disk2_usage/config"


class Shown:
    """An announcer, its streams, and its publications."""

    def __init__(self, feeds: Sequence[Feed] = GUIDES, *, grace: float = 3600.0) -> None:
        self.recorder = Recorder()
        self.streams = {
            feed.name: Stream(feed.name, encode=encode, clock=time.time, capacity=1, recent=1) for feed in GUIDES
        }
        self.announcer = Announcer(
            self.recorder.client,
            TOPICS,
            ServerIdentity("Tower", None, ID),
            feeds=feeds,
            streams=self.streams,
            intervals={SYSTEM: 5, STORAGE: 30},
            timing=Timing(grace=grace, look_again=3600.0),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self.announcer.run())
        try:
            await settled()
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def look(self) -> dict[str, bytes]:
        """Return the publications of one comparison."""
        self.recorder.published.clear()
        self.announcer.look()
        await settled()
        return {each.topic: each.payload for each in self.recorder.published}


async def test_only_new_entities_are_announced() -> None:
    """Each entity is announced once; a new disk adds only its own."""
    shown = Shown()
    async with shown.running():
        shown.streams[STORAGE].publish(storage(disks=1))
        assert await shown.look()
        assert await shown.look() == {}
        shown.streams[STORAGE].publish(storage(disks=2))
        added = await shown.look()

        assert USAGE_OF_DISK2 in added
        assert all("disk2" in topic for topic in added)
        assert json.loads(added[USAGE_OF_DISK2])["availability_topic"] == TOPICS.availability


async def test_remembered_entities_are_withdrawn_when_missing() -> None:
    """An earlier entity that no message has any more is withdrawn after its grace period."""
    shown = Shown(grace=0.0)
    shown.announcer.found(USAGE_OF_DISK2)
    async with shown.running():
        shown.streams[STORAGE].publish(storage(disks=1))

        assert (await shown.look())[USAGE_OF_DISK2] == WITHDRAWN


async def test_a_renewal_announces_all() -> None:
    """After a renewal every entity is published once more."""
    shown = Shown()
    async with shown.running():
        shown.streams[STORAGE].publish(storage(disks=1))
        first = await shown.look()
        shown.announcer.renew()
        again = await shown.look()

        assert first.keys() <= again.keys()


async def test_without_feeds_nothing_is_announced() -> None:
    """With discovery disabled, no entity is published or withdrawn."""
    shown = Shown(feeds=())
    async with shown.running():
        shown.streams[STORAGE].publish(storage())

        assert await shown.look() == {}


def test_a_state_expires_after_three_pauses() -> None:
    """A state counts as too old after three heartbeats or intervals, whichever is longer; events never expire."""
    assert expiry_of(GUIDES, {SYSTEM: 5, STORAGE: 300}) == {SYSTEM: 180, STORAGE: 900}
