"""Waiting for a fact, with a deadline."""

import asyncio
import time


async def until(predicate, timeout: float = 30.0):
    deadline = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < deadline, f"{predicate} did not come true in {timeout} s"
        await asyncio.sleep(0.01)


async def settled(is_busy, timeout: float = 1.0):
    """Wait until *is_busy* has been false for a few turns of the loop; at most *timeout* seconds."""
    deadline = time.monotonic() + timeout
    quiet = 0
    while quiet < 5 and time.monotonic() < deadline:
        await asyncio.sleep(0.005)
        quiet = 0 if is_busy() else quiet + 1
