"""Recorded messages of a demo tree, with changing figures.

They are read from ``demo/NAME.json`` below a movable root only: a real server has none.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import msgspec

from uma.aio.ticks import sleep_to_tick
from uma.feeds.feed import Publish, Report
from uma.feeds.files import read_head
from uma.host import Host

MAX_FILE_BYTES: Final = 1 << 20
CYCLE_SECONDS: Final = 97.0
STEP_SECONDS: Final = 5.0

T = TypeVar("T")


def read_recording(host: Host, name: str, kind: type[T]) -> T | None:
    """Return the recorded message *name*; None if it is missing or damaged. Blocks."""
    if host.root == Path("/"):
        return None
    try:
        return msgspec.json.decode(read_head(host.root / f"demo/{name}.json", MAX_FILE_BYTES) or b"", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


async def play(
    recording: T, moved: Callable[[T, float], T], publish: Publish, report: Report, clock: Callable[[], float]
) -> NoReturn:
    """Publish *recording* every 5 s, changed by *moved* according to the clock."""
    report("ok", "the demo's recording")
    while True:
        publish(moved(recording, clock()))
        await sleep_to_tick(STEP_SECONDS)


def swing(value: float, seconds: float, phase: str, share: float = 0.1) -> float:
    """Return *value* at *seconds*: it varies within *share* of it, shifted by
    *phase*, so that two don't move in step.
    """
    turn = seconds / CYCLE_SECONDS + sum(phase.encode()) % 100 / 100
    return value * (1 + share * math.sin(2 * math.pi * turn))
