"""Scrapes cached for a second: a scrape takes milliseconds, a request only 60 bytes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable

MAX_AGE_SECONDS = 1.0


class Scrapes:
    """The newest body of each format, shared by all requests within MAX_AGE_SECONDS.
    *clock* gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._bodies: dict[Hashable, tuple[float, bytes]] = {}

    async def get(self, format: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:  # noqa: A002 - Prometheus's word
        """Return the body in *format*, from *make* unless one is cached. Only one is
        made at a time.
        """
        async with self._lock:
            made_at, body = self._bodies.get(format, (float("-inf"), b""))
            if self._clock() - made_at > MAX_AGE_SECONDS:
                body = await make()
                self._bodies[format] = (self._clock(), body)
            return body
