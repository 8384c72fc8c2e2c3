"""Kernel reads that may block for a long time, or for ever.

A driver may hang, and reading a network card's speed waits while Docker holds the
kernel's lock. At most one thread hangs, however often the caller reads.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog

from uma.aio.deadline import within

T = TypeVar("T")

log = structlog.get_logger()


class BlockingReads:
    """Runner of reads in a thread, one at a time, with a deadline of *seconds* each.

    *name* is the subject in the log. A read must not raise.
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
        """Return the result of *read*; None if it, or an earlier read, hangs."""
        if self.is_stuck:
            return None
        reading = asyncio.get_running_loop().run_in_executor(None, read)
        self._pending = reading  # type: ignore[assignment]  # a future of T is read as one of object
        try:
            async with within(self._seconds):
                # Shielded: a thread can't be cancelled, so its end must still be
                # awaited.
                return await asyncio.shield(reading)
        except TimeoutError:
            log.warning("read stuck", read=self._name, seconds=self._seconds)
            return None
