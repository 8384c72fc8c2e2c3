"""From Docker's own timestamp of an event to a WebSocket client, beside the ``docker events`` command.

The benchmark's own dockerd renames containers at a given rate. The daemon and the command read the same events at the
same time. The clients are a separate process that reads plain sockets one after the other: *last* is when the last of
them had the event, so it includes that process's time for the others. No event may be *lost*, and no reading client
*gone*. Aim: with 100 clients, p99 within twice the command's.
"""

import asyncio
import json
import subprocess
import threading
import time
from collections.abc import Iterator

import aiohttp
from tests.integration.dockerd import Dockerd, why_not

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.figures import quantile, ratio
from benchmarks.process import daemon
from benchmarks.readers import readers

COLUMNS = (
    "last p50, ms",
    "last p99, ms",
    "command p50, ms",
    "command p99, ms",
    "p99, last to command",
    "lost",
    "dropped",
)

CLIENTS = (1, 100)
RATES = (50, 500)
CONTAINERS = 16


def run(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield a row for each number of clients and rate."""
    if reason := why_not():
        yield (f"not measured: {reason}", *("–" for _ in COLUMNS))
        return
    dockerd = Dockerd()
    try:
        dockerd.start()
        with daemon(array_of(8), dockerd.socket) as served:
            for rate in effort.some(RATES):
                for clients in CLIENTS:
                    events = max(effort.times(200, quick=50), rate * min(10, effort.seconds // 6))
                    yield _row(dockerd, served.port, clients, rate, events)
    finally:
        dockerd.end()


def _row(dockerd: Dockerd, port: int, clients: int, rate: int, events: int) -> tuple[str, ...]:
    with _Command(dockerd) as command, readers(port, clients, "/api/v1/ws/docker/events") as crowd:
        crowd.mark()
        containers = asyncio.run(create_containers(dockerd, CONTAINERS))
        reached = asyncio.run(rename(dockerd, containers, rate, events))
        expected = events + CONTAINERS
        deadline = time.monotonic() + 20
        while (report := crowd.report()).fewest < expected and time.monotonic() < deadline:
            time.sleep(0.2)
        theirs = dict(command.delays)
        for container in containers:
            dockerd.request("DELETE", f"containers/{container}")
    last = {nano: (had - nano) / 1e6 for nano, had in zip(report.time_nano, report.last_had_unix, strict=True)}
    # The first events are of containers being created.
    common = sorted(last.keys() & theirs.keys())[CONTAINERS:]
    ours, cli = ([each[nano] for nano in common] for each in (last, theirs))
    return (
        f"{clients} client{'s' * (clients > 1)}, {rate} events a second (reached {reached:.0f})",
        f"{quantile(ours, 50):.1f}",
        f"{quantile(ours, 99):.1f}",
        f"{quantile(cli, 50):.1f}",
        f"{quantile(cli, 99):.1f}",
        ratio(quantile(ours, 99), quantile(cli, 99)),
        str(expected * clients - report.frames),
        str(report.dropped),
    )


class _Command:
    """``docker events``, with the time at which it printed each event."""

    def __init__(self, dockerd: Dockerd) -> None:
        self.delays: dict[int, float] = {}
        self._command = ["docker", "-H", f"unix://{dockerd.socket}", "events", "--format", "{{json .}}"]

    def __enter__(self) -> "_Command":
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        self._reading = threading.Thread(target=self._read)
        self._reading.start()
        time.sleep(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reading.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            now = time.time_ns()
            nano = json.loads(line)["timeNano"]
            self.delays[nano] = (now - nano) / 1e6


async def create_containers(dockerd: Dockerd, count: int) -> list[str]:
    """Return the ids of *count* new containers, not started."""
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(dockerd.socket))) as session:
        ids = []
        for _ in range(count):
            body = {"Image": "busybox:test", "Cmd": ["true"]}
            async with session.post("http://docker/containers/create", json=body) as answer:
                ids.append(str((await answer.json())["Id"]))
        return ids


async def rename(dockerd: Dockerd, containers: list[str], rate: int, events: int) -> float:
    """Rename them in turn, *rate* times a second if dockerd keeps up; return the rate that was reached."""
    connector = aiohttp.UnixConnector(str(dockerd.socket), limit=len(containers))
    async with aiohttp.ClientSession(connector=connector) as session:
        started = time.monotonic()

        async def rename(container: str, first: int) -> None:
            for number in range(first, events, len(containers)):
                await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
                async with session.post(f"http://docker/containers/{container}/rename?name=bench{number}") as answer:
                    await answer.read()

        await asyncio.gather(*(rename(container, first) for first, container in enumerate(containers)))
        return events / (time.monotonic() - started)
