"""Waiting for a fact, with a deadline."""

import asyncio
import time


async def until(predicate, timeout: float = 10.0):
    deadline = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < deadline, f"{predicate} did not come true in {timeout} s"
        await asyncio.sleep(0.01)
