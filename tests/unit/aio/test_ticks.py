"""Waits that end together."""

import asyncio
import math

import pytest

from uma.aio.ticks import sleep_to_tick, step_after, tick_after


@pytest.mark.parametrize(
    ("now", "seconds", "moment"),
    [
        (1000.0, 30.0, 1030.0),
        (1001.2, 30.0, 1030.0),
        (1003.8, 30.0, 1035.0),
        (1000.003, 5.0, 1005.0),
        (1002.6, 5.0, 1010.0),
        (1002.4, 5.0, 1005.0),
        (1001.2, 4.9, 1006.1),
        (1001.2, 0.0, 1001.2),
        (1001.2, math.inf, math.inf),
    ],
)
def test_a_long_wait_ends_at_the_nearest_multiple_of_five_seconds(now, seconds, moment):
    """30 s from any moment is a tick; shorter and infinite waits stay unchanged."""
    assert tick_after(now, seconds) == pytest.approx(moment)


@pytest.mark.parametrize("begun", [1000.0 + step / 10 for step in range(60)])
def test_a_tick_is_always_in_the_future_and_at_most_half_a_tick_off(begun):
    """Waits never spin at a tick, and end at most 2.5 s later than requested."""
    for seconds in (5.0, 10.0, 20.0, 30.0, 60.0):
        assert abs(tick_after(begun, seconds) - begun - seconds) <= 2.5
        assert tick_after(begun, seconds) > begun


@pytest.mark.parametrize(
    ("now", "seconds", "moment"),
    [(1000.2, 5, 1005), (1004.2, 5, 1010), (1000.2, 1, 1001), (1005.0, 7, 1015)],
)
def test_samples_fall_on_multiples_of_their_interval(now, seconds, moment):
    """Samples every 5 s are taken at ticks, whenever the daemon was started."""
    assert step_after(now, seconds) == pytest.approx(moment)
    assert step_after(moment, seconds) == pytest.approx(moment + seconds)


async def test_a_short_sleep_is_not_stretched():
    """A short pause ends on time, not at a tick."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    await sleep_to_tick(0.01)

    assert loop.time() - began >= 0.0099
