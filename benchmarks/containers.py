"""CPU of one sample of every container, beside ``docker stats`` for the same containers, in turn.

The containers of the benchmark's own dockerd sleep. One sample of UMA reads their cgroups and networks, computes the
figures and encodes the message. The webGUI's Docker page runs ``docker stats --no-stream`` repeatedly; its CPU is the
command's, plus that of dockerd and containerd without their own idle usage.
"""

import asyncio
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from statistics import median

from tests.integration.containers import AT_ONCE
from tests.integration.dockerd import IMAGE, SYSTEM_PATH, Dockerd, why_not
from tests.support.feeds import encode

from benchmarks.effort import Effort
from benchmarks.kernel import use_of
from uma.feeds.docker.containers.cgroups import read_cpus, read_place, read_samples
from uma.feeds.docker.containers.parse import parse_inspected, parse_list
from uma.feeds.docker.containers.table import Containers
from uma.host import Host

COUNTS = (10, 40)
ROUNDS = 7


def run(effort: Effort) -> Iterator[tuple[str, str]]:
    """Yield figures for 10 and 40 containers, both ways in turn; none without a dockerd and its command line."""
    docker = shutil.which("docker", path=SYSTEM_PATH)
    if why_not() is not None or docker is None:
        yield f"not taken: {why_not() or 'there is no docker command on this machine'}", "-"
        return
    dockerd = Dockerd().start()
    try:
        running = 0
        for count in effort.some(COUNTS):
            start_containers(dockerd, range(running, count))
            running = count
            ours, theirs = _in_turn(dockerd, docker, effort.times(ROUNDS))
            yield f"{count} containers: CPU of a sample by UMA", f"{ours * 1e3:.2f} ms"
            yield f"{count} containers: CPU of a sample by docker stats", f"{theirs * 1e3:.0f} ms"
            yield f"{count} containers: ratio", f"{ours / theirs:.4f}"
    finally:
        dockerd.end()


def start_containers(dockerd: Dockerd, numbers: range) -> None:
    """Start a sleeping container for each number."""
    asyncio.run(_start(dockerd, numbers))


async def _start(dockerd: Dockerd, numbers: range) -> None:
    places = asyncio.Semaphore(AT_ONCE)
    described = {
        "Image": IMAGE,
        "Cmd": ["sleep", "3600"],
        "StopSignal": "SIGKILL",
        "HostConfig": {"NetworkMode": "none"},
    }
    async with dockerd.client() as docker:

        async def start(number: int) -> None:
            async with places:
                await docker.containers.run(described, name=f"c{number:02}")

        async with asyncio.TaskGroup() as group:
            for number in numbers:
                group.create_task(start(number), name=f"c{number:02}")


def _in_turn(dockerd: Dockerd, docker: str, rounds: int) -> tuple[float, float]:
    """Return the median CPU seconds of a sample of each."""
    table = _table(dockerd)
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        taken[0].append(_ours(table))
        taken[1].append(_theirs(dockerd, docker))
    return median(taken[0]), median(taken[1])


def _table(dockerd: Dockerd) -> Containers:
    host, table = Host(), Containers()
    table.cpus = read_cpus(host)
    table.begin(parse_list(dockerd.request_text("GET", "containers/json", {"all": "1"}).encode()))
    for container_id in list(table.records):
        record = parse_inspected(dockerd.request_text("GET", f"containers/{container_id}/json").encode())
        assert record is not None
        table.learn(record, read_place(host, record.pid, record.id))
    assert len(table.places) == len(table.records)
    return table


def _ours(table: Containers) -> float:
    before = time.process_time_ns()
    table.measure(read_samples(table.places), time.monotonic())
    encode(table.status(), time.time())
    return (time.process_time_ns() - before) / 1e9


def _theirs(dockerd: Dockerd, docker: str) -> float:
    pid = dockerd.pid
    command = [docker, "--host", f"unix://{dockerd.socket}", "stats", "--no-stream", "--format", "{{.ID}};{{.CPUPerc}}"]
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    server, began = use_of(pid), time.monotonic()
    subprocess.run([*command], check=True, stdout=subprocess.DEVNULL, timeout=60)
    took = time.monotonic() - began
    used = use_of(pid).seconds_since(server)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    idle, began = use_of(pid), time.monotonic()
    time.sleep(took)
    by_itself = use_of(pid).seconds_since(idle)
    own = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return max(1e-9, own + used - by_itself)
