"""Settings of Python, the allocator and the event loop that might pay, each beside the daemon as it is.

All variants run at the same time: with nobody there, and with 100 clients that are sent stats every second. A variant
is kept only if it pays: what is in force is in the first row.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.arrays import array_of
from benchmarks.figures import per_hour
from benchmarks.peers import FOLDER
from benchmarks.process import OPTIMISED, daemon
from benchmarks.readers import readers

COLUMNS = (
    "idle CPU, s an hour",
    "idle RSS, MB",
    "100 clients: CPU, s an hour",
    "100 clients: RSS, MB",
    "start: CPU, s",
)

CLIENTS = 100
SETTLING = 25
PYTHON = OPTIMISED[:-2]
EACH_SECOND = 'STATS_INTERVAL="1"\n'

BY_UVLOOP = (
    "import asyncio, uvloop; asyncio.set_event_loop_policy(uvloop.EventLoopPolicy()); "
    "from uma.__main__ import main; raise SystemExit(main())"
)
FROZEN = "import gc; from uma import daemon; gc.freeze(); from uma.__main__ import main; raise SystemExit(main())"
SELDOM = "import gc; gc.set_threshold(50000, 20, 20); from uma.__main__ import main; raise SystemExit(main())"


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to run the daemon."""

    name: str
    command: tuple[str, ...] = OPTIMISED
    environment: dict[str, str] = field(default_factory=dict)


VARIANTS = (
    Variant("as it is: python -OO, MALLOC_ARENA_MAX=2"),
    Variant("without -OO", (PYTHON[0], "-m", "uma")),
    Variant("MALLOC_ARENA_MAX=1", environment={"MALLOC_ARENA_MAX": "1"}),
    Variant("MALLOC_ARENA_MAX=64", environment={"MALLOC_ARENA_MAX": "64"}),
    Variant("MALLOC_TRIM_THRESHOLD_=65536", environment={"MALLOC_TRIM_THRESHOLD_": "65536"}),
    Variant("PYTHONMALLOC=malloc", environment={"PYTHONMALLOC": "malloc"}),
    Variant("gc.freeze() once all is imported", (*PYTHON, "-c", FROZEN)),
    Variant("gc.set_threshold(50000, 20, 20)", (*PYTHON, "-c", SELDOM)),
    Variant("-X no_debug_ranges", (*PYTHON, "-X", "no_debug_ranges", "-m", "uma")),
)
UVLOOP = Variant("uvloop", (*PYTHON, "-c", BY_UVLOOP), {"PYTHONPATH": str(FOLDER / "uvloop")})


def run(seconds: int) -> Iterator[tuple[str, ...]]:
    """A row for each variant."""
    variants = [*VARIANTS, *([UVLOOP] if (FOLDER / "uvloop/uvloop").exists() else [])]
    with ExitStack() as stack:
        pairs = []
        for variant in variants:
            how = {"command": variant.command, "environment": variant.environment}
            # Once for the byte code.
            with daemon(array_of(8), **how):
                pass
            idle = stack.enter_context(daemon(array_of(8), **how))
            started = idle.use.seconds_since(type(idle.use)({}, {}, 0.0))
            busy = stack.enter_context(daemon(array_of(8), settings=EACH_SECOND, **how))
            stack.enter_context(readers(busy.port, CLIENTS, "/api/v1/ws/system/stats"))
            pairs.append((variant, started, idle, busy))
        time.sleep(SETTLING)
        before = [(idle.use, busy.use) for _, _, idle, busy in pairs]
        time.sleep(seconds)
        for (variant, started, idle, busy), (idle_before, busy_before) in zip(pairs, before, strict=True):
            yield (
                variant.name,
                f"{per_hour(idle.use.seconds_since(idle_before), seconds):.1f}",
                f"{idle.memory['Rss']:.1f}",
                f"{per_hour(busy.use.seconds_since(busy_before), seconds):.0f}",
                f"{busy.memory['Rss']:.1f}",
                f"{started:.2f}",
            )
