"""A client of a broker that records its messages: paho's own, in a separate thread."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from .programs import until


@dataclass(frozen=True)
class Heard:
    """One message, its time, and whether the broker had retained it."""

    topic: str
    payload: bytes
    is_retained: bool
    at: float


class Reader:
    """Subscriber to everything at a broker, from ``with`` on; it reconnects automatically."""

    def __init__(self, port: int, host: str = "127.0.0.1", *, qos: int = 2) -> None:
        self._host = host
        self.heard: list[Heard] = []
        self._port = port
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._note

    def _note(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append(Heard(message.topic, message.payload, message.retain, time.monotonic()))

    def __enter__(self) -> Self:
        self._client.connect(self._host, self._port)
        self._client.loop_start()
        # A NATS cluster without leaders answers after 5 s or more, or closes the connection, and paho connects again.
        assert self._subscribed.wait(30)
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish a message, and wait for the broker's acknowledgement."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def of(self, topic: str) -> list[bytes]:
        """The payloads of *topic*, oldest first."""
        return [each.payload for each in self.heard if each.topic == topic]

    def newest(self) -> dict[str, bytes]:
        """The last payload of each topic; an empty one takes it away, as it does at the broker."""
        newest = {each.topic: each.payload for each in self.heard}
        return {topic: payload for topic, payload in newest.items() if payload}

    def until(self, predicate: Callable[[Self], object], seconds: float = 20.0, *, what: str = "") -> None:
        """Wait until *predicate* holds of it."""
        until(lambda: predicate(self), seconds, what=what or f"what is wanted among {sorted(self.newest())}")
