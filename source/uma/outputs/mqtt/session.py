"""Work during one connection to a broker: listen, announce, and publish the feeds."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from uma.feeds.feed import Feed
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.announced import WITHDRAWN
from uma.outputs.mqtt.announcer import Announcer
from uma.outputs.mqtt.claim import Claim
from uma.outputs.mqtt.client import Client
from uma.outputs.mqtt.events import EventFlow
from uma.outputs.mqtt.presence import Presence
from uma.outputs.mqtt.progress import Progress
from uma.outputs.mqtt.states import StateFlow
from uma.outputs.mqtt.timing import MAX_SILENT_SECONDS, Timing
from uma.outputs.mqtt.topics import ONLINE, Topics
from uma.streams import Stream


@dataclass(frozen=True, slots=True)
class Content:
    """Parts of a server that are published at any broker.

    *intervals* are the seconds between two messages of a state, by feed. *withheld* are
    feeds whose texts this broker does not get, but may retain from earlier.
    """

    feeds: Sequence[Feed]
    streams: Mapping[str, Stream]
    intervals: Mapping[str, float]
    has_discovery: bool
    withheld: Sequence[str] = ()


class Session:
    """Publisher of *content* through a *client* that has just logged in."""

    def __init__(
        self,
        client: Client,
        topics: Topics,
        content: Content,
        nameplate: ServerIdentity,
        *,
        claim: Claim,
        progress: Progress,
        timing: Timing,
    ) -> None:
        self._client = client
        self._topics = topics
        self._content = content
        self._progress = progress
        self._timing = timing
        self._is_settled = asyncio.Event()
        self._presence = Presence(client, topics, claim, progress, repeat_seconds=timing.repeat)
        self._announcer = Announcer(
            client,
            topics,
            nameplate,
            feeds=content.feeds if content.has_discovery else (),
            streams=content.streams,
            intervals=content.intervals,
            timing=timing,
        )
        self._states = [
            StateFlow(client, topics, feed, content.streams[feed.name], timing=timing, on_sent=self._announcer.look)
            for feed in content.feeds
            if feed.retained
        ]
        self._events = [feed for feed in content.feeds if not feed.retained]
        # The connection can end before the events are followed.
        for feed in self._events:
            progress.lost.begin(content.streams[feed.name])

    async def run(self, *, has_moved: bool, must_renew: bool) -> None:
        """Publish until the connection is lost. *has_moved* means that the server was
        at another broker before, *must_renew* that this one may lose what it retains.

        Raises a group of ConnectionLost, TimeoutError or Yielded.
        """
        async with asyncio.TaskGroup() as group:
            # First, so that no event since the login is lost.
            for feed in self._events:
                group.create_task(self._follow_events(feed), name=f"mqtt {feed.name}")
            if has_moved:
                await self._publish_live()
            await self._presence.publish_online()
            if must_renew:
                group.create_task(self._renew(), name="mqtt renewal")
            group.create_task(self._listen(), name="mqtt listen")
            group.create_task(self._look_for_echo(), name="mqtt settle")
            group.create_task(self._presence.run(), name="mqtt presence")
            group.create_task(self._announce(), name="mqtt announce")
            group.create_task(self._withdraw_texts(), name="mqtt texts")
            for flow in self._states:
                group.create_task(self._follow_states(flow), name="mqtt states")

    async def _publish_live(self) -> None:
        """Publish the newest states for present subscribers.

        Not retained: a NATS cluster that has just lost the leader of its retained
        messages delivers these at once, and blocks for 5 s on a retained one.
        """
        await self._client.publish(self._topics.availability, ONLINE, qos=0, retain=False)
        for flow in self._states:
            await flow.publish_newest(retain=False)

    async def _renew(self) -> None:
        """Publish all that is retained once more when a cluster has had time to elect
        its leaders.
        """
        await asyncio.sleep(self._timing.renewal)
        await self._publish_again()

    async def _publish_again(self) -> None:
        """Publish all that is retained once more."""
        self._presence.renew()
        self._announcer.renew()
        for flow in self._states:
            await flow.publish_newest(retain=True)

    async def _look_for_echo(self) -> None:
        """Report whether UMA's messages come back; until they do, publish all again.

        The access list may have been corrected meanwhile. Or it allows UMA to write
        only, so the pauses double.
        """
        await self._is_settled.wait()
        await asyncio.sleep(self._timing.echo)
        self._progress.describe()
        if self._content.has_discovery:
            await self._announcer.has_announced.wait()
            await asyncio.sleep(self._timing.echo)
            self._progress.expect_discovery()
        pause = self._timing.silent
        while self._progress.silent:
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_SILENT_SECONDS)
            await self._publish_again()
            await asyncio.sleep(self._timing.echo)
            self._progress.describe()

    async def _listen(self) -> None:
        topics = self._topics
        # QoS 0: in a NATS cluster each subscription of QoS 1 is a replicated consumer.
        wanted = [(topics.claim, 0), (topics.availability, 0)]
        if self._content.has_discovery:
            wanted += [(topics.birth, 0), *((each, 0) for each in topics.every_discovery)]
        discovery = f", {topics.birth} and discovery" if self._content.has_discovery else ""
        await self._client.subscribe(wanted, name=f"{topics.claim}, {topics.availability}{discovery}")
        self._presence.claim()
        asyncio.get_running_loop().call_later(self._timing.settle, self._is_settled.set)
        while True:
            message = await self._client.next_message()
            await self._on_message(message.topic, message.payload, is_retained=message.is_retained)

    async def _on_message(self, topic: str, payload: bytes, *, is_retained: bool) -> None:
        topics = self._topics
        if topic == topics.birth and payload == ONLINE:
            self._announcer.renew()
        elif topic == topics.availability:
            self._presence.on_availability(payload)
        elif topic == topics.claim:
            self._presence.on_claim(payload, is_retained=is_retained)
        elif topics.is_discovery(topic) and payload:
            self._progress.note_discovery_echo()
            self._announcer.found(topic)
        elif topics.is_former_discovery(topic) and payload and not self._is_settled.is_set():
            await self._client.publish(topic, WITHDRAWN)

    async def _withdraw_texts(self) -> None:
        """Remove what the broker may retain of withheld feeds, once the topics are
        known to be this server's.

        To look first would need the right to read them: a broker may end the connection
        of a client without it.
        """
        await self._is_settled.wait()
        for name in self._content.withheld:
            await self._client.publish(self._topics.of_stream(name), WITHDRAWN, qos=0)

    async def _announce(self) -> None:
        await self._is_settled.wait()
        await self._announcer.run()

    async def _follow_states(self, flow: StateFlow) -> None:
        await self._is_settled.wait()
        await flow.run()

    async def _follow_events(self, feed: Feed) -> None:
        topic, stream = self._topics.of_stream(feed.name), self._content.streams[feed.name]
        lost = self._progress.lost
        if (missed := lost.missed(stream)) > 0:
            self._progress.note_lost(missed, "there was no connection, or it ended before they were acknowledged")

        async def send(frame: bytes) -> None:
            await self._is_settled.wait()
            await self._client.publish(topic, frame, retain=False)

        flow = EventFlow(
            stream, send, lambda number: self._progress.note_lost(number, "the broker takes them too slowly")
        )
        try:
            await flow.run()
        finally:
            lost.settle(stream, flow.open)
