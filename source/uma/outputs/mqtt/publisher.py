"""Publishes the streams to a broker, and tells Home Assistant what is there to be shown: a reader run like a source."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiomqtt
import structlog
from aiomqtt.exceptions import MqttConnectError

from uma.aio.deadline import within
from uma.config import Config
from uma.errors import SourceError, SourceFailed, SourceUnavailable, StreamClosed
from uma.feeds.feed import Feed, Publish, Report
from uma.host import Host
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt import throttle
from uma.outputs.mqtt.announced import GRACE, Announced
from uma.outputs.mqtt.bridge import Link, connected
from uma.outputs.mqtt.broker import Broker, read_broker, read_trust
from uma.outputs.mqtt.discovery import announcements
from uma.outputs.mqtt.entities import Entities
from uma.outputs.mqtt.selection import selected
from uma.outputs.mqtt.throttle import State, Throttle
from uma.outputs.mqtt.topics import BIRTH, OFFLINE, ONLINE, Topics, node_of
from uma.streams import Stream, Subscription

KEEPALIVE = 15
"""Seconds; a server that is cut off is ``offline`` at the broker after half as many again."""

ANSWER_SECONDS = 10.0
"""For the broker to answer; a message that is not taken by then ends the connection."""

REFUSED_SECONDS = 50.0
"""Before a broker that has refused is asked again, beside the supervisor's own pause: brokers log each try."""

LAST_WORDS_SECONDS = 1.0

LOOK_AGAIN = 30.0
"""Seconds after which what has been missed is counted without a new state."""

MOST_INCOMING = 1000
"""Messages of the broker's that may wait."""

# MQTT's reasons for which another try is of no use until somebody has changed a setting, here or there.
_REFUSED = {
    132: "it does not speak MQTT 3.1.1",
    133: "it does not take UMA's client identifier",
    134: "it refuses the user or the password",
    135: "it refuses the user or the password",
}

# aiomqtt's own news are told by health.
_UNHEARD = logging.Logger("mqtt", logging.CRITICAL + 1)

Failures = ExceptionGroup[aiomqtt.MqttError | TimeoutError]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, as a server has them; a test has less time."""

    spacing: float = throttle.SPACING
    heartbeat: float = throttle.HEARTBEAT
    grace: float = GRACE
    look_again: float = LOOK_AGAIN
    refused: float = REFUSED_SECONDS


class MqttPublisher:
    """Reads the *streams* of *feeds* as long as it is connected to the broker of ``config``, which a reload may change.

    *intervals* are the seconds between two messages of a state, by feed.
    """

    name = "mqtt"

    def __init__(
        self,
        *,
        feeds: Sequence[Feed],
        streams: Mapping[str, Stream],
        intervals: Mapping[str, float],
        config: Config,
        host: Host,
        nameplate: Callable[[], ServerIdentity],
        timing: Timing = Timing(),
    ) -> None:
        self.config = config
        self._feeds, unknown = selected(feeds, config.mqtt_feeds)
        if unknown:
            log.warning("feeds unknown", setting="MQTT_FEEDS", names=" ".join(unknown))
        self._streams = streams
        self._intervals = intervals
        self._host = host
        self._nameplate = nameplate
        self._timing = timing
        self._has_warned = False

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - it reads messages, and makes none
        """Connect and publish until the connection is lost. Raises SourceError."""
        try:
            broker = await asyncio.to_thread(read_broker, self.config, self._host)
            if broker.readable_by_others is not None and not self._has_warned:
                # Once, and not at each try.
                self._has_warned = True
                path = str(broker.readable_by_others)
                log.warning("password readable by others", path=path, advice=f"chmod 600 {path}")
            trust = await asyncio.to_thread(read_trust, broker, self._host)
            nameplate = await asyncio.to_thread(self._nameplate)
            topics = Topics(self.config.mqtt_prefix, node_of(nameplate.name))
            failure = None
            async with connected(broker, trust) as link:
                failure = await self._serve(broker, link, topics, nameplate, report)
            if failure is not None:
                raise failure
        except SourceFailed as failure:
            report("failed", str(failure))
            await asyncio.sleep(self._timing.refused)
            raise

    async def _serve(
        self, broker: Broker, link: Link, topics: Topics, nameplate: ServerIdentity, report: Report
    ) -> SourceError | None:
        """Publish until the connection is lost; what came of it."""
        failure: SourceError | None = None
        is_signed_on = False
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_until_ended(link), name="mqtt watch")
                async with _signed_on(broker, link, topics) as client:
                    is_signed_on = True
                    report("ok", f"{broker.address}, {topics.base}")
                    session = _Session(
                        client,
                        topics,
                        feeds=self._feeds,
                        streams=self._streams,
                        has_discovery=self.config.mqtt_discovery,
                        nameplate=nameplate,
                        timing=self._timing,
                    )
                    await session.run(self._expiry())
        except* (aiomqtt.MqttError, TimeoutError) as failures:
            failure = _trouble(broker, failures, is_signed_on=is_signed_on)
        return link.fault or failure

    def _expiry(self) -> dict[str, int]:
        """Seconds after which a state is too old to be shown, by feed: three of its pauses, as in health."""
        return {
            feed.name: 3 * int(max(throttle.HEARTBEAT, self._intervals[feed.name]))
            for feed in self._feeds
            if feed.retained and feed.name in self._intervals
        }


async def _until_ended(link: Link) -> None:
    await link.ended.wait()
    raise aiomqtt.MqttError("the broker has gone")


class _Client(aiomqtt.Client):
    """aiomqtt 2.5 raises in a callback, for the log, when its socket closes after signing on has been cancelled."""

    def _on_disconnect(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - whatever aiomqtt is called with
        if not self._connected.cancelled():
            super()._on_disconnect(*arguments, **named)


@asynccontextmanager
async def _signed_on(broker: Broker, link: Link, topics: Topics) -> AsyncIterator[aiomqtt.Client]:
    """A client of the broker at the other end of *link*, ``online`` at first and ``offline`` at last."""
    client = _Client(
        link.address,
        transport="unix",
        # The same each time, so that the broker ends a connection of before that it has not yet missed.
        identifier=topics.identity,
        username=broker.user,
        password=broker.password,
        will=aiomqtt.Will(topics.availability, OFFLINE, qos=1, retain=True),
        keepalive=KEEPALIVE,
        # Its own way of waiting for so long loses a cancellation that meets the answer, up to Python 3.11.
        timeout=math.inf,
        max_queued_incoming_messages=MOST_INCOMING,
        logger=_UNHEARD,
    )
    async with AsyncExitStack() as stack:
        async with within(ANSWER_SECONDS):
            await stack.enter_async_context(client)
            await client.publish(topics.availability, ONLINE, qos=1, retain=True)
        try:
            yield client
        finally:
            if not link.ended.is_set():
                try:
                    async with within(LAST_WORDS_SECONDS):
                        await client.publish(topics.availability, OFFLINE, qos=1, retain=True)
                except (aiomqtt.MqttError, TimeoutError):
                    # Then the broker says it by itself.
                    link.abandon()


class _Session:
    """What is done with one connection."""

    def __init__(
        self,
        client: aiomqtt.Client,
        topics: Topics,
        *,
        feeds: Sequence[Feed],
        streams: Mapping[str, Stream],
        has_discovery: bool,
        nameplate: ServerIdentity,
        timing: Timing,
    ) -> None:
        self._client = client
        self._feeds = feeds
        self._streams = streams
        self._entities = Entities(feeds if has_discovery else ())
        self._topics = topics
        self._nameplate = nameplate
        self._timing = timing
        self._roll = Announced(time.monotonic, grace=timing.grace)
        self._look = asyncio.Event()
        self._shown: Mapping[str, bytes] | None = None

    async def run(self, expiry: Mapping[str, int]) -> None:
        """Publish until the connection is lost. Raises an ExceptionGroup of MqttErrors and TimeoutErrors."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(), name="mqtt listen")
            group.create_task(self._announce(expiry), name="mqtt announce")
            for feed in self._feeds:
                follow = self._follow_states if feed.retained else self._follow_events
                group.create_task(follow(feed), name=f"mqtt {feed.name}")

    async def _publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = True) -> None:
        async with within(ANSWER_SECONDS):
            await self._client.publish(topic, payload, qos=qos, retain=retain)

    async def _listen(self) -> None:
        async with within(ANSWER_SECONDS):
            await self._client.subscribe([(BIRTH, 0), (self._topics.every_discovery, 0)])
        async for message in self._client.messages:
            topic = str(message.topic)
            if topic == BIRTH and message.payload == ONLINE:
                self._roll.tell_again()
                self._look.set()
            elif self._topics.is_discovery(topic) and message.payload:
                self._roll.found(topic)

    async def _announce(self, expiry: Mapping[str, int]) -> None:
        while True:
            self._look.clear()
            newest = {feed.name: self._streams[feed.name].newest for feed in self._feeds}
            if self._entities.update(newest) or self._shown is None:
                self._shown = announcements(self._entities.known, self._topics, self._nameplate, expiry)
            for topic, payload in self._roll.changes(self._shown, is_whole=self._entities.is_whole):
                await self._publish(topic, payload)
            try:
                async with within(self._timing.look_again):
                    await self._look.wait()
            except TimeoutError:
                continue

    async def _follow_states(self, feed: Feed) -> None:
        stream = self._streams[feed.name]
        pacing = Throttle(time.monotonic, spacing=self._timing.spacing, heartbeat=self._timing.heartbeat)
        # A broker that gets a feed wants its figures.
        with stream.demand.held():
            while True:
                with stream.subscribe(takes_place=False) as subscription:
                    try:
                        await self._publish_states(feed, subscription, pacing)
                    except StreamClosed as closed:
                        log.debug("stream closed to the broker", stream=feed.name, reason=closed.reason)

    async def _publish_states(self, feed: Feed, subscription: Subscription, pacing: Throttle) -> None:
        topic, stream = self._topics.of_stream(feed.name), self._streams[feed.name]
        state: State | None = None
        while True:
            try:
                # A newer state takes the place of the one that is not due yet, and may be due at once.
                async with within(None if state is None else pacing.wait(state)):
                    frame = await subscription.next_frame()
                newest = stream.newest
                state = State(frame, None if feed.facts is None or newest is None else feed.facts(newest))
            except TimeoutError:
                assert state is not None
                await self._publish(topic, state.frame, qos=0)
                pacing.told(state)
                state = None
                self._look.set()

    async def _follow_events(self, feed: Feed) -> None:
        topic, stream = self._topics.of_stream(feed.name), self._streams[feed.name]
        while True:
            with stream.subscribe(takes_place=False) as subscription:
                try:
                    while True:
                        await self._publish(topic, await subscription.next_frame(), retain=False)
                except StreamClosed as closed:
                    log.debug("stream closed to the broker", stream=feed.name, reason=closed.reason)


def _trouble(broker: Broker, failures: Failures, *, is_signed_on: bool) -> SourceError:
    """What the failures of one connection come to."""
    if is_signed_on:
        return SourceUnavailable(f"the connection to {broker.address} was lost")
    for failure in failures.exceptions:
        if isinstance(failure, MqttConnectError):
            return refusal(broker.address, failure.rc)
    return SourceUnavailable(f"{broker.address} takes connections and does not answer by MQTT: does it want TLS?")


def refusal(address: str, answer: object) -> SourceError:
    """What it comes to that the broker at *address* gives *answer*, paho's reason code, to who wants to sign on."""
    reason = _REFUSED.get(getattr(answer, "value", 0))
    if reason is not None:
        return SourceFailed(f"{address}: {reason}")
    return SourceUnavailable(f"{address} lets nobody sign on now: {answer}")
