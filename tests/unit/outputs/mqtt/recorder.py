"""A client that records publications and delivers the messages that a test scripts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from uma.outputs.mqtt.client import Client, Incoming


@dataclass(frozen=True)
class Published:
    """One published message."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class Recorder:
    """Stand-in for a signed-on client."""

    def __init__(self) -> None:
        self.published: list[Published] = []
        self.subscribed: list[tuple[str, int]] = []
        self.incoming: asyncio.Queue[Incoming] = asyncio.Queue()
        self.last_messages: list[str] = []

    @property
    def client(self) -> Client:
        """Itself, typed as the code under test expects."""
        return cast("Client", self)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = True) -> None:
        self.published.append(Published(topic, payload, qos, retain))

    async def subscribe(self, topics: Sequence[tuple[str, int]], *, name: str) -> None:
        self.subscribed += topics
        self.last_messages.append(name)

    async def next_message(self) -> Incoming:
        return await self.incoming.get()


async def settled() -> None:
    """Let every runnable task run."""
    for _ in range(50):
        await asyncio.sleep(0)
