"""Shared wake-up times for periodic work.

Wake-ups are the cost of an idle daemon. Waits of 5 s or more end at a multiple of 5 s
of the monotonic clock, so one wake-up serves all of them.
"""

import asyncio
import math
from typing import Final

TICK_SECONDS: Final = 5.0


def tick_after(now: float, seconds: float) -> float:
    """Return the tick nearest to *seconds* after *now*, both monotonic.

    Waits below TICK_SECONDS, and infinite ones, stay unchanged.
    """
    if seconds < TICK_SECONDS or math.isinf(now + seconds):
        return now + seconds
    return round((now + seconds) / TICK_SECONDS) * TICK_SECONDS


def step_after(now: float, seconds: float) -> float:
    """Return the multiple of *seconds* that is nearest to *seconds* after *now*.

    Samples every 5 s therefore fall on the ticks.
    """
    return round((now + seconds) / seconds) * seconds


async def sleep_to_tick(seconds: float) -> None:
    """Sleep until the tick nearest to *seconds* from now."""
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(tick_after(now, seconds) - now)
