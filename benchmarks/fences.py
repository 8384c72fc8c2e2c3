"""Docker behind the fence of the daemon's own user, beside a daemon that connects to Docker's socket by itself.

The steward connects for the fenced one and hands the connection over, so events come from Docker itself and should take
as long. Both daemons follow one dockerd, whose containers are renamed; delays are from Docker's own timestamp to a
WebSocket client, the rows of one turn beside each other. *Steward* is its memory: private to it, and its share of what
it has in common with the daemon.

Not part of ``make bench``: ``.venv/bin/python -m benchmarks.fences`` prints a line a row.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.integration.dockerd import Dockerd, why_not

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.figures import quantile
from benchmarks.kernel import family_of
from benchmarks.latency import CONTAINERS, create_containers, rename
from benchmarks.process import OPTIMISED, Running, daemon
from benchmarks.readers import readers

COLUMNS = ("p50, ms", "p99, ms", "lost", "steward's private memory, MB", "steward's share (PSS), MB")

RATES = (50, 500)
TURNS = 3
FENCES = {"through the steward": "", "directly": 'FENCE_USER="no"\n'}


def rows(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Take a row for each rate, turn and way."""
    dockerd = Dockerd()
    try:
        dockerd.start()
        for rate in effort.some(RATES):
            for turn in range(effort.times(TURNS)):
                for way, settings in FENCES.items():
                    with daemon(array_of(8), dockerd.socket, command=OPTIMISED, settings=settings) as served:
                        events = max(effort.times(200, quick=50), rate * min(10, effort.seconds // 6))
                        yield (f"{way}, {rate} events a second, turn {turn + 1}", *_row(dockerd, served, rate, events))
    finally:
        dockerd.end()


def _row(dockerd: Dockerd, served: Running, rate: int, events: int) -> tuple[str, ...]:
    with readers(served.port, 1, "/api/v1/ws/docker/events") as crowd:
        crowd.mark()
        containers = asyncio.run(create_containers(dockerd, CONTAINERS))
        asyncio.run(rename(dockerd, containers, rate, events))
        deadline = time.monotonic() + 20
        while (report := crowd.report()).fewest < events + CONTAINERS and time.monotonic() < deadline:
            time.sleep(0.2)
        for container in containers:
            dockerd.request("DELETE", f"containers/{container}")
    taken = zip(report.time_nano, report.last_had_unix, strict=True)
    # The first events are of containers being made.
    delays = [(had - nano) / 1e6 for nano, had in sorted(taken)[CONTAINERS:]]
    private, share = _steward_memory(served.pid)
    return (
        f"{quantile(delays, 50):.1f}",
        f"{quantile(delays, 99):.1f}",
        str(events + CONTAINERS - report.frames),
        f"{private:.2f}",
        f"{share:.2f}",
    )


def _steward_memory(pid: int) -> tuple[float, float]:
    """Return the MB (10^6 bytes) that the steward of daemon *pid* has alone, and its share."""
    (steward,) = (each for each in family_of(pid) if Path(f"/proc/{each}/comm").read_text().strip() == "uma-steward")
    lines = Path(f"/proc/{steward}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(rest.split()[0]) * 1024 / 1e6 for name, _, rest in (line.partition(":") for line in lines)}
    return sizes["Private_Clean"] + sizes["Private_Dirty"], sizes["Pss"]


if __name__ == "__main__":
    if reason := why_not():
        sys.exit(reason)
    print("", *COLUMNS, sep=" | ")
    for row in rows(Effort(60)):
        print(*row, sep=" | ", flush=True)
