"""Claim and availability of the server at one broker, published again whenever another
client overwrites them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from uma.outputs.mqtt.claim import Claim, Yielded, parse_claim
from uma.outputs.mqtt.client import Client
from uma.outputs.mqtt.progress import Progress
from uma.outputs.mqtt.topics import ONLINE, Topics


class Presence:
    """Publisher of the server's claim to *topics* and of its availability.

    *repeat_seconds* is the pause between two repetitions.
    """

    def __init__(
        self, client: Client, topics: Topics, claim: Claim, progress: Progress, *, repeat_seconds: float
    ) -> None:
        self._client = client
        self._topics = topics
        self._claim = claim
        self._progress = progress
        self._repeat_seconds = repeat_seconds
        self._must_claim = asyncio.Event()
        self._must_say_online = asyncio.Event()

    async def run(self) -> None:
        """Publish pending repetitions at a slow pace; never returns."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self._must_claim, self._publish_claim), name="mqtt claim")
            group.create_task(self._repeat(self._must_say_online, self.publish_online), name="mqtt online")

    def claim(self) -> None:
        """Publish the claim soon."""
        self._must_claim.set()

    def renew(self) -> None:
        """Publish both soon."""
        self._must_claim.set()
        self._must_say_online.set()

    async def publish_online(self) -> None:
        """Publish ``online``, retained."""
        await self._client.publish(self._topics.availability, ONLINE)

    def on_availability(self, payload: bytes) -> None:
        """Process the broker's present availability."""
        self._progress.has_echo = True
        # An earlier session that the broker still considered open leaves its will after
        # this one has begun.
        if payload != ONLINE:
            self._must_say_online.set()

    def on_claim(self, payload: bytes, *, is_retained: bool) -> None:
        """Process a claim. Raises Yielded if it is another server's and precedes this
        one's.
        """
        claim = parse_claim(payload)
        if claim is not None and claim.id == self._claim.id:
            self._progress.has_echo = True
        elif claim is None or is_retained or self._claim.precedes(claim):
            # From a server that is gone, or came later.
            self._must_claim.set()
        else:
            raise Yielded

    async def _publish_claim(self) -> None:
        await self._client.publish(self._topics.claim, self._claim.encode())

    async def _repeat(self, wanted: asyncio.Event, publish: Callable[[], Awaitable[None]]) -> None:
        while True:
            await wanted.wait()
            wanted.clear()
            await publish()
            await asyncio.sleep(self._repeat_seconds)
