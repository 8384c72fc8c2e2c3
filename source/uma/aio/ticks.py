"""Moments at which all that is periodic wakes together.

Waking is what an idle daemon costs. Waits of 5 s and more end at whole multiples of 5 s
of the monotonic clock, so that one wake-up serves them all.
"""

import asyncio
import math
from typing import Final

TICK_SECONDS: Final = 5.0


def tick_after(now: float, seconds: float) -> float:
    """Return the tick nearest to *seconds* after *now*, both monotonic.

    Less than TICK_SECONDS, or no end, is kept as it is.
    """
    if seconds < TICK_SECONDS or math.isinf(now + seconds):
        return now + seconds
    return round((now + seconds) / TICK_SECONDS) * TICK_SECONDS


def step_after(now: float, seconds: float) -> float:
    """Return the whole multiple of *seconds* that is nearest to *seconds* after *now*.

    Samples every 5 s so fall on the ticks.
    """
    return round((now + seconds) / seconds) * seconds


async def sleep_to_tick(seconds: float) -> None:
    """Sleep until the tick nearest to *seconds* from now."""
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(tick_after(now, seconds) - now)
