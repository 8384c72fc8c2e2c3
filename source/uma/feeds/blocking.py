"""Reads of the kernel that may block for a long time, or for ever.

A driver may hang, and a network card's speed waits while Docker holds the kernel's
lock. One thread is risked at most, however often the caller asks.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog

from uma.aio.deadline import within

T = TypeVar("T")

log = structlog.get_logger()


class BlockingReads:
    """Runs reads in a thread, one at a time, with a deadline of *seconds* each.

    *name* says in the log what is read. A read must not raise.
    """

    def __init__(self, name: str, *, seconds: float = 5.0) -> None:
        self._name = name
        self._seconds = seconds
        self._pending: asyncio.Future[object] | None = None

    @property
    def is_stuck(self) -> bool:
        """True while a read that missed its deadline has not returned."""
        return self._pending is not None and not self._pending.done()

    async def run(self, read: Callable[[], T]) -> T | None:
        """Return what *read* returns; None if it, or one before it, is stuck."""
        if self.is_stuck:
            return None
        reading = asyncio.get_running_loop().run_in_executor(None, read)
        self._pending = reading  # type: ignore[assignment]  # a future of T is read as one of object
        try:
            async with within(self._seconds):
                # Shielded: a thread can't be cancelled,
                # so it has to be known to run on.
                return await asyncio.shield(reading)
        except TimeoutError:
            log.warning("read stuck", read=self._name, seconds=self._seconds)
            return None
