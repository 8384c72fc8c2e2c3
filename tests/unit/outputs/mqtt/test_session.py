"""The work over one connection, in order."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.feeds import DOCKER, GUIDES, STORAGE, SYSTEM, encode
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.claim import Claim
from uma.outputs.mqtt.client import Incoming
from uma.outputs.mqtt.events import LostEvents
from uma.outputs.mqtt.session import Content, Session
from uma.outputs.mqtt.timing import Timing
from uma.outputs.mqtt.topics import ONLINE, Topics
from uma.streams import Stream

from .recorder import Published, Recorder, settled
from .samples import ID, event, stats, storage
from .test_presence import progress

TOPICS = Topics("uma", "tower", ID)
NEVER = 3600.0


@dataclass
class Server:
    """Streams with messages, and the client that publishes them."""

    recorder: Recorder = field(default_factory=Recorder)
    lost: LostEvents = field(default_factory=LostEvents)
    streams: dict[str, Stream] = field(
        default_factory=lambda: {
            name: Stream(name, encode=encode, clock=time.time, capacity=1, recent=1)
            for name in (SYSTEM, DOCKER, STORAGE)
        }
    )

    @asynccontextmanager
    async def running(self, *, has_moved: bool = False, must_renew: bool = False) -> AsyncIterator[list[Published]]:
        """Run a session; return the publications."""
        task = asyncio.ensure_future(self.session().run(has_moved=has_moved, must_renew=must_renew))
        try:
            await settled()
            yield self.recorder.published
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def session(self) -> Session:
        """A session that has not begun."""
        return Session(
            self.recorder.client,
            TOPICS,
            Content(
                GUIDES,
                self.streams,
                {SYSTEM: 5, STORAGE: 30},
                has_discovery=True,
                withheld=["notifications/status"],
            ),
            ServerIdentity("Tower", None, ID),
            claim=Claim(ID, 1000.0),
            progress=progress(self.lost),
            timing=Timing(settle=0.0, repeat=0.0, echo=NEVER, renewal=0.0),
        )


async def test_online_comes_first() -> None:
    """At a first broker ``online`` precedes everything, then the claim, then retained states and entities."""
    server = Server()
    server.streams[SYSTEM].publish(stats())
    async with server.running() as published:
        assert (published[0].topic, published[0].payload, published[0].retain) == (TOPICS.availability, ONLINE, True)
        assert published[1].topic == TOPICS.claim
        assert [(each.qos, each.retain) for each in published if each.topic == "uma/tower/system/stats"] == [(0, True)]
        assert any(each.topic.endswith("/cpu/config") and each.retain for each in published)


async def test_live_states_come_first_after_a_move() -> None:
    """At another broker the newest states are first sent unretained, before anything that it has to store."""
    server = Server()
    server.streams[SYSTEM].publish(stats())
    server.streams[STORAGE].publish(storage())
    async with server.running(has_moved=True) as published:
        live = [each.topic for each in published if (each.qos, each.retain) == (0, False)]
        assert live == [TOPICS.availability, "uma/tower/system/stats", "uma/tower/storage/status"]
        assert [each.topic for each in published[: len(live)]] == live
        assert published[len(live)] == Published(TOPICS.availability, ONLINE, 1, True)


async def test_retained_state_is_renewed_at_a_cluster() -> None:
    """At one of several brokers all retained messages are published again; at a single one they are not."""
    for must_renew in (False, True):
        server = Server()
        server.streams[SYSTEM].publish(stats())
        async with server.running(must_renew=must_renew) as published:
            retained = [each.topic for each in published if each.retain]
            times = 1 + must_renew
            assert retained.count(TOPICS.availability) == times
            assert retained.count("uma/tower/system/stats") == times
            assert TOPICS.claim in retained


async def test_home_assistants_birth_announces_again() -> None:
    """After a start of Home Assistant every entity is announced once more."""
    server = Server()
    server.streams[STORAGE].publish(storage())
    async with server.running() as published:
        before = {each.topic for each in published if each.topic.endswith("/config")}
        published.clear()
        server.recorder.incoming.put_nowait(Incoming(TOPICS.birth, ONLINE, is_retained=False))
        await settled()

        assert {each.topic for each in published if each.topic.endswith("/config")} == before != set()


async def test_texts_that_the_broker_may_retain_are_withdrawn() -> None:
    """A feed that was switched off, or is no longer selected, leaves no texts; no right to read them is needed."""
    server = Server()
    async with server.running() as published:
        withdrawn = [each for each in published if not each.payload]

        assert withdrawn == [Published("uma/tower/notifications/status", b"", 0, True)]
        assert not [topic for topic, _ in server.recorder.subscribed if "notifications" in topic]


async def test_missed_events_are_counted_by_the_next_session() -> None:
    """Events between two connections are lost and counted; events during one are published in order."""
    server = Server()
    async with server.running() as published:
        for seq in (1, 2):
            server.streams[DOCKER].publish(event(seq=seq))
        await settled()
        events = [each for each in published if each.topic == "uma/tower/docker/events"]
        assert [json.loads(each.payload)["data"]["seq"] for each in events] == [1, 2]
        assert {each.retain for each in events} == {False}
    assert server.lost.total == 0
    server.streams[DOCKER].publish(event(seq=3))
    async with server.running():
        assert server.lost.total == 1


async def test_events_after_a_session_cut_short_are_counted() -> None:
    """Events count as missed from the first login on, even if the connection ended before any could be sent."""
    server = Server()
    server.streams[DOCKER].publish(event(seq=1))
    server.session()
    server.streams[DOCKER].publish(event(seq=2))
    async with server.running():
        assert server.lost.total == 1
