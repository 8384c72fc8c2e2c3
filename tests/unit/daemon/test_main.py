"""Orders by signal."""

import asyncio
from signal import SIGHUP, SIGTERM, SIGUSR2

import pytest

from uma.daemon.main import merged


@pytest.mark.parametrize(
    ("first", "waiting", "expected", "left"),
    [
        (SIGHUP, [], SIGHUP, 0),
        (SIGHUP, [SIGHUP, SIGHUP], SIGHUP, 0),
        (SIGHUP, [SIGHUP, SIGTERM, SIGHUP], SIGTERM, 1),
        (SIGHUP, [SIGUSR2], SIGUSR2, 0),
        (SIGTERM, [SIGHUP], SIGTERM, 1),
    ],
)
async def test_orders_that_wait(first, waiting, expected, left):
    """Several reloads are one, and an end does not wait for them: each takes a fifth of a second."""
    orders = asyncio.Queue()
    for order in waiting:
        orders.put_nowait(order)

    assert (merged(first, orders), orders.qsize()) == (expected, left)
