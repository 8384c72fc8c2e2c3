"""A client of the broker: aiomqtt over a link, with deadlines and UMA's own errors."""

import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from uma.aio.deadline import within
from uma.errors import SourceError, SourceFailed, SourceUnavailable
from uma.outputs.mqtt.bridge import Link
from uma.outputs.mqtt.broker import Broker
from uma.outputs.mqtt.claim import Yielded
from uma.outputs.mqtt.events import MAX_IN_FLIGHT
from uma.outputs.mqtt.topics import OFFLINE, Topics

KEEPALIVE_SECONDS = 15
"""Seconds of keepalive; a lost server is ``offline`` at the broker after one and a half
times that.
"""

LAST_WORDS_SECONDS = 1.0

MAX_INCOMING_MESSAGES = 500
"""Maximum of the broker's messages that may wait."""

LAST_MESSAGES = 3
"""Named in health if a broker drops UMA: one of them may be the cause."""

# MQTT's reasons after which a retry is useless until the user has changed a setting,
# here or at the broker.
_REFUSED = {
    132: "it does not speak MQTT 3.1.1",
    133: "it does not take UMA's client identifier",
    134: "it refuses the user or the password",
    135: "it refuses the user or the password",
}

# Health reports aiomqtt's state instead.
_UNHEARD = logging.Logger("mqtt", logging.CRITICAL + 1)


class ConnectionLost(Exception):
    """Raised when the connection has ended. ``refusal`` is the broker's reason for
    rejecting the login, if it did.
    """

    def __init__(self, refusal: SourceError | None = None) -> None:
        super().__init__(str(refusal or "the broker has gone"))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message from the broker."""

    topic: str
    payload: bytes
    is_retained: bool


class Client:
    """A signed-on client. Its methods raise ConnectionLost, or TimeoutError if the
    broker takes longer than *answer_seconds*.
    """

    def __init__(self, inner: aiomqtt.Client, *, answer_seconds: float) -> None:
        self._inner = inner
        self._answer_seconds = answer_seconds
        self.last_messages: deque[str] = deque(maxlen=LAST_MESSAGES)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = True) -> None:
        """Publish one message, and wait for its acknowledgement if *qos* is 1."""
        self.last_messages.append(f"{topic} ({len(payload)} bytes)")
        with _translated():
            async with within(self._answer_seconds):
                await self._inner.publish(topic, payload, qos=qos, retain=retain)

    async def subscribe(self, topics: Sequence[tuple[str, int]], *, name: str) -> None:
        """Subscribe to topics with their QoS; *name* is the subscription's name in
        health.
        """
        self.last_messages.append(f"the subscription to {name}")
        with _translated():
            async with within(self._answer_seconds):
                await self._inner.subscribe([*topics])

    async def next_message(self) -> Incoming:
        """Wait for the next message of a subscription."""
        with _translated():
            message = await anext(self._inner.messages)
        payload = message.payload if isinstance(message.payload, bytes) else b""
        return Incoming(str(message.topic), payload, message.retain)


@asynccontextmanager
async def signed_on(
    broker: Broker, link: Link, topics: Topics, *, attempt: int, within_seconds: float, answer_seconds: float
) -> AsyncIterator[Client]:
    """Sign a client on at the broker behind *link*; publish ``offline`` last.

    The login may take *within_seconds*, each answer after it *answer_seconds*.
    *attempt* numbers the logins of a failover.
    """
    inner = _Aiomqtt(
        link.address,
        transport="unix",
        identifier=topics.client_id(broker.number, attempt),
        username=broker.user,
        password=broker.password,
        will=aiomqtt.Will(topics.availability, OFFLINE, qos=1, retain=True),
        keepalive=KEEPALIVE_SECONDS,
        # Its own timeout loses a cancellation that coincides with the answer, up to
        # Python 3.11.
        timeout=math.inf,
        max_queued_incoming_messages=MAX_INCOMING_MESSAGES,
        max_inflight_messages=MAX_IN_FLIGHT,
        logger=_UNHEARD,
    )
    async with AsyncExitStack() as stack:
        try:
            with _translated(broker.address):
                async with within(within_seconds):
                    await stack.enter_async_context(inner)
        except TimeoutError:
            # A broker with open answers needs no proper end.
            link.abandon()
            raise
        client = Client(inner, answer_seconds=answer_seconds)
        is_ours = True
        try:
            yield client
        except* Yielded:
            # The other server, which owns the topics, is online.
            is_ours = False
            raise
        finally:
            if is_ours and not link.ended.is_set():
                try:
                    async with within(LAST_WORDS_SECONDS):
                        await client.publish(topics.availability, OFFLINE)
                except (ConnectionLost, TimeoutError):
                    # Then the broker publishes it itself.
                    link.abandon()


async def until_ended(link: Link) -> None:
    """Wait for the end of *link*, then raise ConnectionLost."""
    await link.ended.wait()
    raise ConnectionLost


def refusal(address: str, answer: object) -> SourceError:
    """Translate *answer*, paho's reason code for a rejected connection to
    *address*, into an error.
    """
    reason = _REFUSED.get(getattr(answer, "value", 0))
    if reason is not None:
        return SourceFailed(f"{address}: {reason}")
    return SourceUnavailable(f"{address} is unavailable: {answer}")


class _Aiomqtt(aiomqtt.Client):
    """aiomqtt 2.5 raises in a callback, which is logged, if its socket closes after a
    cancelled login.
    """

    def _on_disconnect(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - whatever aiomqtt is called with
        if not self._connected.cancelled():
            super()._on_disconnect(*arguments, **named)


@contextmanager
def _translated(address: str = "") -> Iterator[None]:
    """Raise ConnectionLost instead of aiomqtt's errors."""
    try:
        yield
    except MqttConnectError as error:
        raise ConnectionLost(refusal(address, error.rc)) from error
    except aiomqtt.MqttError as error:
        raise ConnectionLost from error
