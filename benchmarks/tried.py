"""Settings of Python, the allocator and the event loop that might pay, each beside the unchanged daemon.

All variants run at the same time: first without clients, then with 100 clients that get stats every second. A variant
is kept only if it pays: the settings in force are in the first row.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.figures import per_hour
from benchmarks.kernel import Use
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
SETTLING = 15
PYTHON = OPTIMISED[:-2]
EACH_SECOND = 'STATS_INTERVAL="1"\n'

BY_UVLOOP = (
    "import asyncio, uvloop; asyncio.set_event_loop_policy(uvloop.EventLoopPolicy()); "
    "from uma.start import main; raise SystemExit(main())"
)
FROZEN = """
import gc
from uma.runtime.light_dataclasses import lighten_dataclasses
lighten_dataclasses()
from uma.program import main
from uma.runtime.light_imports import light_imports
from uma.runtime.openssl import leave_out_tls
leave_out_tls()
with light_imports():
    from uma.daemon import serve
gc.collect()
gc.freeze()
raise SystemExit(main())
"""
SELDOM = "import gc; gc.set_threshold(50000, 20, 20); from uma.start import main; raise SystemExit(main())"


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to run the daemon."""

    name: str
    command: tuple[str, ...] = OPTIMISED
    environment: dict[str, str] = field(default_factory=dict)


VARIANTS = (
    Variant("as it is: python -OO, MALLOC_ARENA_MAX=2"),
    Variant("gc.freeze() once all is imported", (*PYTHON, "-c", FROZEN)),
    Variant("without -OO", (PYTHON[0], "-m", "uma")),
    Variant("MALLOC_ARENA_MAX=1", environment={"MALLOC_ARENA_MAX": "1"}),
    Variant("MALLOC_ARENA_MAX=64", environment={"MALLOC_ARENA_MAX": "64"}),
    Variant("MALLOC_TRIM_THRESHOLD_=65536", environment={"MALLOC_TRIM_THRESHOLD_": "65536"}),
    Variant("PYTHONMALLOC=malloc", environment={"PYTHONMALLOC": "malloc"}),
    Variant("gc.set_threshold(50000, 20, 20)", (*PYTHON, "-c", SELDOM)),
    Variant("-X no_debug_ranges", (*PYTHON, "-X", "no_debug_ranges", "-m", "uma")),
)
# The fences forbid io_uring, without which libuv ends.
UVLOOP = Variant("uvloop", (*PYTHON, "-c", BY_UVLOOP), {"PYTHONPATH": str(FOLDER / "uvloop"), "UV_USE_IO_URING": "0"})


def run(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield a row for each variant."""
    variants = [*effort.some(VARIANTS, quick=2), *([UVLOOP] if (FOLDER / "uvloop/uvloop").exists() else [])]
    # One after the other: each uses an inotify instance, of which a user has 128.
    idle = _measured(variants, effort, clients=0)
    busy = _measured(variants, effort, clients=CLIENTS)
    for variant, (start, idle_cpu, idle_rss), (_, busy_cpu, busy_rss) in zip(variants, idle, busy, strict=True):
        yield (
            variant.name,
            f"{idle_cpu:.1f}",
            f"{idle_rss:.1f}",
            f"{busy_cpu:.1f}",
            f"{busy_rss:.1f}",
            f"{start:.2f}",
        )


def _measured(variants: Sequence[Variant], effort: Effort, *, clients: int) -> list[tuple[float, float, float]]:
    """Return CPU of the start, CPU an hour and RSS of each variant."""
    seconds = effort.seconds / 2
    with ExitStack() as stack:
        served, starts = [], []
        for variant in variants:
            how = {"command": variant.command, "environment": variant.environment}
            # Once for the byte code.
            if not effort.is_quick:
                with daemon(array_of(8), **how):
                    pass
            running = stack.enter_context(daemon(array_of(8), settings=EACH_SECOND if clients else "", **how))
            starts.append(running.use.seconds_since(Use({}, {}, 0.0)))
            if clients:
                stack.enter_context(readers(running.port, clients, "/api/v1/ws/system/stats"))
            served.append(running)
        time.sleep(effort.pause(SETTLING))
        before = [running.use for running in served]
        time.sleep(seconds)
        return [
            (start, per_hour(running.use.seconds_since(then), seconds), running.memory["Rss"])
            for start, running, then in zip(starts, served, before, strict=True)
        ]
