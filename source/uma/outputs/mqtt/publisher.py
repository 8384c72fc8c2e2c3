"""Publishes the streams to a broker, and announces to Home Assistant what can be
shown: a reader run like a source.
"""

import asyncio
import logging
import math
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
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
from uma.outputs.mqtt.announced import GRACE, WITHDRAWN, Announced
from uma.outputs.mqtt.bridge import Link, connected
from uma.outputs.mqtt.broker import Broker, read_broker, read_trust
from uma.outputs.mqtt.claim import Claim, parse_claim
from uma.outputs.mqtt.discovery import announcements
from uma.outputs.mqtt.entities import Entities
from uma.outputs.mqtt.events import MAX_IN_FLIGHT, EventFlow
from uma.outputs.mqtt.failover import RENEWAL_SECONDS, Failover
from uma.outputs.mqtt.selection import selected
from uma.outputs.mqtt.throttle import State, Throttle
from uma.outputs.mqtt.topics import OFFLINE, ONLINE, Topics, node_of
from uma.runtime.log_limits import LogLimit
from uma.streams import Stream, Subscription

KEEPALIVE = 15
"""Seconds; a server that is cut off is ``offline`` at the broker
after half as many again.
"""

ANSWER_SECONDS = 10.0
"""For the broker to answer; a message that is not taken by then ends the connection."""

REFUSED_SECONDS = 50.0
"""Before a broker that has refused is asked again, beside the supervisor's own pause:
brokers log each try.
"""

LAST_WORDS_SECONDS = 1.0

LOOK_AGAIN = 30.0
"""Seconds after which what has been missed is counted without a new state."""

MOST_INCOMING = 500
"""Messages of the broker's that may wait."""

DROPPED_SECONDS = 60.0
"""A connection that ends sooner after signing on has most likely been
ended for what UMA did.
"""

DROPPED_PAUSE_SECONDS = 20.0
"""Before a broker that dropped UMA MAX_DROPS times in a row is tried again,
beside the supervisor's own pause.
"""

MAX_DROPS = 2

SETTLE_SECONDS = 0.5
"""For the claims of others to come, and what the broker remembers,
before anything is published.
"""

REPEAT_SECONDS = 1.0
"""From one answer to what others publish in UMA's place to the next."""

ECHO_SECONDS = 5.0
"""After which the broker should have returned what UMA published."""

LAST_MESSAGES = 3
"""Named in health where a broker drops UMA: one of them may be why."""

# MQTT's reasons for which another attempt is useless until the user has
# changed a setting, here or there.
_REFUSED = {
    132: "it does not speak MQTT 3.1.1",
    133: "it does not take UMA's client identifier",
    134: "it refuses the user or the password",
    135: "it refuses the user or the password",
}

# Health reports the state of aiomqtt.
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
    dropped: float = DROPPED_PAUSE_SECONDS
    settle: float = SETTLE_SECONDS
    repeat: float = REPEAT_SECONDS
    echo: float = ECHO_SECONDS
    renewal: float = RENEWAL_SECONDS


class _Yielded(Exception):
    """Raised where the topics belong to another server."""


class _Progress:
    """Facts about one connection: when it signed on, the last messages,
    and whether anything came back.
    """

    def __init__(self) -> None:
        self.signed_on_at: float | None = None
        self.last_messages: deque[str] = deque(maxlen=LAST_MESSAGES)
        self.has_echo = False

    @property
    def seconds(self) -> float | None:
        """For how long it has been signed on; None if it never was."""
        return None if self.signed_on_at is None else time.monotonic() - self.signed_on_at


class MqttPublisher:
    """Reads the *streams* of *feeds* as long as it is connected to the broker of
    ``config``, which a reload may change.

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
        # They outlive a connection.
        self._began = time.time()
        self._has_yielded = False
        # Of several brokers the next one after each connection that failed or ended.
        self._turn = 0
        self._failover = Failover()
        self._has_signed_on = False
        self._drops = 0
        self._lost = 0
        self._seq: dict[str, int] = {}
        self._limit = LogLimit()

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - it reads messages, and makes none
        """Connect and publish until the connection is lost, and for a while at the next
        of several brokers. Raises SourceError.
        """
        while True:
            try:
                await self._run_at_next(report)
                return
            except SourceUnavailable as absence:
                pause = self._failover.pause()
                if pause is None or not self._has_several or self._drops > MAX_DROPS:
                    raise
                report("unavailable", str(absence))
            await asyncio.sleep(pause)

    @property
    def _has_several(self) -> bool:
        return len(self.config.mqtt_host.split()) > 1

    async def _run_at_next(self, report: Report) -> None:
        """Connect to the broker whose turn it is, and publish until the connection is
        lost. Raises SourceError.
        """
        try:
            broker = await asyncio.to_thread(read_broker, self.config, self._host, self._turn)
            if broker.readable_by_others is not None and not self._has_warned:
                # Once, and not at each try.
                self._has_warned = True
                path = str(broker.readable_by_others)
                log.warning("password readable by others", path=path, advice=f"chmod 600 {path}")
            trust = await asyncio.to_thread(read_trust, broker, self._host)
            nameplate = await asyncio.to_thread(self._nameplate)
            topics = Topics(
                self.config.mqtt_prefix, node_of(nameplate.name), nameplate.id, self.config.mqtt_discovery_prefix
            )
            try:
                await self._connect(
                    broker, trust, topics.elsewhere() if self._has_yielded else topics, nameplate, report
                )
            except _Yielded:
                self._has_yielded = True
                log.warning("mqtt topics taken", base=topics.base, instead=topics.elsewhere().base)
                await self._connect(broker, trust, topics.elsewhere(), nameplate, report)
        except SourceFailed as failure:
            report("failed", str(failure))
            if (self._turn + 1) % len(self.config.mqtt_host.split()) == 0:
                # Each of them has been asked.
                await asyncio.sleep(self._timing.refused)
            raise
        finally:
            self._turn += 1

    async def _connect(
        self,
        broker: Broker,
        trust: ssl.SSLContext | None,
        topics: Topics,
        nameplate: ServerIdentity,
        report: Report,
    ) -> None:
        """Publish until the connection is lost. Raises SourceError,
        and _Yielded where the topics are another's.
        """
        failure, has_yielded = None, False
        async with connected(broker, trust) as link:
            try:
                failure = await self._serve(broker, link, topics, nameplate, report)
            except* _Yielded:
                has_yielded = True
        if has_yielded:
            raise _Yielded
        if failure is not None:
            if self._drops > MAX_DROPS:
                report("unavailable", str(failure))
                await asyncio.sleep(self._timing.dropped)
            raise failure

    async def _serve(
        self, broker: Broker, link: Link, topics: Topics, nameplate: ServerIdentity, report: Report
    ) -> SourceError | None:
        """Publish until the connection is lost; what came of it."""
        failure: SourceError | None = None
        progress = _Progress()

        def describe() -> None:
            lost = f"; {self._lost} events lost" if self._lost else ""
            is_silent = not progress.has_echo and (progress.seconds or 0.0) >= self._timing.echo
            hint = f"; nothing of {topics.base} comes back: does an access list deny it?" if is_silent else ""
            report("ok", f"{broker.address}, {topics.base}{lost}{hint}")

        def lose(number: int, reason: str) -> None:
            self._lost += number
            if (left_out := self._limit.admit("events lost")) is not None:
                log.warning("events lost", number=number, total=self._lost, reason=reason, others_since=left_out)
            describe()

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_until_ended(link), name="mqtt watch")
                async with _signed_on(broker, link, topics, within_seconds=self._answer_seconds()) as client:
                    progress.signed_on_at = time.monotonic()
                    must_renew, self._has_signed_on = self._has_signed_on and self._has_several, True
                    describe()
                    session = _Session(
                        client,
                        topics,
                        feeds=self._feeds,
                        progress=progress,
                        claim=Claim(nameplate.id, self._began),
                        seq=self._seq,
                        lose=lose,
                        describe=describe,
                        streams=self._streams,
                        has_discovery=self.config.mqtt_discovery,
                        nameplate=nameplate,
                        timing=self._timing,
                    )
                    await session.run(self._expiry(), must_renew=must_renew)
        except* (aiomqtt.MqttError, TimeoutError) as failures:
            failure = _trouble(broker, failures, progress)
            is_dropped = progress.seconds is not None and progress.seconds < DROPPED_SECONDS
            self._drops = self._drops + 1 if is_dropped else 0
            self._failover.begin(progress.seconds)
        return link.fault or failure

    def _answer_seconds(self) -> float:
        return min(ANSWER_SECONDS, self._failover.answer_seconds()) if self._has_several else ANSWER_SECONDS

    def _expiry(self) -> dict[str, int]:
        """Seconds after which a state is too old to be shown, by feed:
        three of its pauses, as in health.
        """
        return {
            feed.name: 3 * int(max(throttle.HEARTBEAT, self._intervals[feed.name]))
            for feed in self._feeds
            if feed.retained and feed.name in self._intervals
        }


async def _until_ended(link: Link) -> None:
    await link.ended.wait()
    raise aiomqtt.MqttError("the broker has gone")


class _Client(aiomqtt.Client):
    """aiomqtt 2.5 raises in a callback, for the log, when its socket closes after
    signing on has been cancelled.
    """

    def _on_disconnect(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - whatever aiomqtt is called with
        if not self._connected.cancelled():
            super()._on_disconnect(*arguments, **named)


@asynccontextmanager
async def _signed_on(
    broker: Broker, link: Link, topics: Topics, *, within_seconds: float
) -> AsyncIterator[aiomqtt.Client]:
    """Connect a client to the broker behind *link*;
    publish ``online`` first and ``offline`` last.
    """
    client = _Client(
        link.address,
        transport="unix",
        # The same each time, so that the broker ends a connection of before
        # that it has not yet missed.
        identifier=topics.client_id(broker.number),
        username=broker.user,
        password=broker.password,
        will=aiomqtt.Will(topics.availability, OFFLINE, qos=1, retain=True),
        keepalive=KEEPALIVE,
        # Its own way of waiting for so long loses a cancellation that meets the
        # answer, up to Python 3.11.
        timeout=math.inf,
        max_queued_incoming_messages=MOST_INCOMING,
        max_inflight_messages=MAX_IN_FLIGHT,
        logger=_UNHEARD,
    )
    async with AsyncExitStack() as stack:
        try:
            async with within(within_seconds):
                await stack.enter_async_context(client)
                await client.publish(topics.availability, ONLINE, qos=1, retain=True)
        except TimeoutError:
            # What the broker has not answered by now needs no goodbye.
            link.abandon()
            raise
        is_ours = True
        try:
            yield client
        except* _Yielded:
            # The server whose topics they are is online.
            is_ours = False
            raise
        finally:
            if is_ours and not link.ended.is_set():
                try:
                    async with within(LAST_WORDS_SECONDS):
                        await client.publish(topics.availability, OFFLINE, qos=1, retain=True)
                except (aiomqtt.MqttError, TimeoutError):
                    # Then the broker says it by itself.
                    link.abandon()


class _Session:
    """Work over one connection."""

    def __init__(
        self,
        client: aiomqtt.Client,
        topics: Topics,
        *,
        feeds: Sequence[Feed],
        progress: _Progress,
        claim: Claim,
        seq: dict[str, int],
        lose: Callable[[int, str], None],
        describe: Callable[[], None],
        streams: Mapping[str, Stream],
        has_discovery: bool,
        nameplate: ServerIdentity,
        timing: Timing,
    ) -> None:
        self._client = client
        self._feeds = feeds
        self._streams = streams
        self._has_discovery = has_discovery
        self._entities = Entities(feeds if has_discovery else ())
        self._topics = topics
        self._nameplate = nameplate
        self._timing = timing
        self._progress = progress
        self._claim = claim
        self._seq = seq
        self._lose = lose
        self._describe = describe
        self._must_claim = asyncio.Event()
        self._must_say_online = asyncio.Event()
        self._is_settled = asyncio.Event()
        self._roll = Announced(time.monotonic, grace=timing.grace)
        self._look = asyncio.Event()
        self._shown: Mapping[str, bytes] | None = None

    async def run(self, expiry: Mapping[str, int], *, must_renew: bool) -> None:
        """Publish until the connection is lost. Raises a group of MqttErrors,
        TimeoutErrors or a _Yielded.
        """
        async with asyncio.TaskGroup() as group:
            if must_renew:
                group.create_task(self._renew(), name="mqtt renewal")
            group.create_task(self._listen(), name="mqtt listen")
            group.create_task(self._settle(), name="mqtt settle")
            group.create_task(self._repeat(self._must_claim, self._publish_claim), name="mqtt claim")
            group.create_task(self._repeat(self._must_say_online, self._publish_online), name="mqtt online")
            group.create_task(self._announce(expiry), name="mqtt announce")
            for feed in self._feeds:
                follow = self._follow_states if feed.retained else self._follow_events
                group.create_task(follow(feed), name=f"mqtt {feed.name}")

    async def _publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = True) -> None:
        self._progress.last_messages.append(f"{topic} ({len(payload)} bytes)")
        async with within(ANSWER_SECONDS):
            await self._client.publish(topic, payload, qos=qos, retain=retain)

    async def _publish_claim(self) -> None:
        await self._publish(self._topics.claim, self._claim.encode())

    async def _publish_online(self) -> None:
        await self._publish(self._topics.availability, ONLINE)

    async def _repeat(self, wanted: asyncio.Event, publish: Callable[[], Awaitable[None]]) -> None:
        """Publish again what another has put something else in the
        place of, at an easy rate.
        """
        while True:
            await wanted.wait()
            wanted.clear()
            await publish()
            await asyncio.sleep(self._timing.repeat)

    async def _renew(self) -> None:
        """Publish all that is retained once more when another broker has had time to
        elect its leaders.
        """
        await asyncio.sleep(self._timing.renewal)
        self._must_say_online.set()
        self._must_claim.set()
        self._roll.tell_again()
        self._look.set()
        for feed in self._feeds:
            if feed.retained and (newest := tuple(self._streams[feed.name].recent)[-1:]):
                await self._publish(self._topics.of_stream(feed.name), newest[0], qos=0)

    async def _settle(self) -> None:
        """Let the claims of others come, and what the broker remembers; then look
        whether anything comes back.
        """
        await self._is_settled.wait()
        await asyncio.sleep(self._timing.echo)
        self._describe()

    async def _listen(self) -> None:
        topics = self._topics
        # QoS 0: in a NATS cluster each subscription of QoS 1 is a replicated consumer.
        wanted = [(topics.claim, 0), (topics.availability, 0)]
        if self._has_discovery:
            wanted += [(topics.birth, 0), *((each, 0) for each in topics.every_discovery)]
        discovery = f", {topics.birth} and discovery" if self._has_discovery else ""
        self._progress.last_messages.append(f"the subscription to {topics.claim}, {topics.availability}{discovery}")
        async with within(ANSWER_SECONDS):
            await self._client.subscribe(wanted)
        self._must_claim.set()
        asyncio.get_running_loop().call_later(self._timing.settle, self._is_settled.set)
        async for message in self._client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            await self._on_message(str(message.topic), payload, is_retained=message.retain)

    async def _on_message(self, topic: str, payload: bytes, *, is_retained: bool) -> None:
        topics = self._topics
        if topic == topics.birth and payload == ONLINE:
            self._roll.tell_again()
            self._look.set()
        elif topic == topics.availability:
            # A session that the broker had yet to miss leaves its will
            # after this one has begun.
            self._progress.has_echo = True
            if payload != ONLINE:
                self._must_say_online.set()
        elif topic == topics.claim:
            self._on_claim(parse_claim(payload), is_retained=is_retained)
        elif topics.is_discovery(topic) and payload:
            self._roll.found(topic)
        elif topics.is_former_discovery(topic) and payload and not self._is_settled.is_set():
            await self._publish(topic, WITHDRAWN)

    def _on_claim(self, claim: Claim | None, *, is_retained: bool) -> None:
        if claim is not None and claim.id == self._claim.id:
            self._progress.has_echo = True
        elif claim is None or is_retained or self._claim.precedes(claim):
            # Of a server that is gone, or came later.
            self._must_claim.set()
        else:
            raise _Yielded

    async def _announce(self, expiry: Mapping[str, int]) -> None:
        await self._is_settled.wait()
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
        await self._is_settled.wait()
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
                # A newer state takes the place of the one that is not due yet,
                # and may be due at once.
                async with within(None if state is None else pacing.wait(state)):
                    frame = await subscription.next_frame()
                newest = stream.newest
                state = State(frame, None if feed.facts is None or newest is None else feed.facts(newest))
            except TimeoutError:
                assert state is not None
                await self._publish(topic, state.frame, qos=0)
                pacing.sent(state)
                state = None
                self._look.set()

    async def _follow_events(self, feed: Feed) -> None:
        topic, stream = self._topics.of_stream(feed.name), self._streams[feed.name]
        if (missed := stream.seq - self._seq.get(feed.name, stream.seq)) > 0:
            self._lose(missed, "there was no connection, or it ended before they were acknowledged")

        async def send(frame: bytes) -> None:
            await self._is_settled.wait()
            await self._publish(topic, frame, retain=False)

        flow = EventFlow(stream, send, lambda number: self._lose(number, "the broker takes them too slowly"))
        try:
            await flow.run()
        finally:
            self._seq[feed.name] = stream.seq - flow.open


def _trouble(broker: Broker, failures: Failures, progress: _Progress) -> SourceError:
    """Summarise the failures of one connection as one error."""
    if progress.seconds is not None:
        lost = f"the connection to {broker.address} was lost"
        if progress.seconds >= DROPPED_SECONDS:
            return SourceUnavailable(lost)
        return SourceUnavailable(
            f"{lost} {progress.seconds:.0f} s after signing on; if it recurs: another server of this id, an access "
            f"list, or a message too long for the broker; the last were {', '.join(progress.last_messages)}"
        )
    for failure in failures.exceptions:
        if isinstance(failure, MqttConnectError):
            return refusal(broker.address, failure.rc)
    return SourceUnavailable(f"{broker.address} takes connections and does not answer by MQTT: does it want TLS?")


def refusal(address: str, answer: object) -> SourceError:
    """Translate *answer*, paho's reason code for a rejected connection to
    *address*, into an error.
    """
    reason = _REFUSED.get(getattr(answer, "value", 0))
    if reason is not None:
        return SourceFailed(f"{address}: {reason}")
    return SourceUnavailable(f"{address} is unavailable: {answer}")
