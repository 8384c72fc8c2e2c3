"""Growth of the daemon's cost with disks, clients and containers.

All of these daemons run at the same time, packaged if there is a package. For those with disks, the state files are
rewritten every second, as emhttpd does while the webGUI is open. Those with clients send them stats every second, five
times as often as usual; the clients are divided among the three addresses. Those with containers have their own dockerd
with that many containers. Aims: the cost grows no faster than the work; RSS at most 48 MB with 300 clients.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.dockerd import Dockerd, why_not

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.figures import per_hour
from benchmarks.latency import create_containers
from benchmarks.packaged import packaged_command
from benchmarks.process import CHECKOUT, OPTIMISED, Running, daemon, running_daemon, wait_for, write_host
from benchmarks.readers import Readers, readers

COLUMNS = ("CPU, s an hour", "RSS, MB", "frames a second", "CPU a frame, µs")

DISKS = (1, 8, 30)
CLIENTS = (1, 100, 300, 1000)
CONTAINERS = (10, 200)
SETTLING = 25

ADDRESSES = tuple(f"/api/v1/ws/{stream}" for stream in ("system/stats", "docker/events", "storage/status"))
CROWDED = 'MAX_CONNECTIONS="1000"\nSTATS_INTERVAL="1"\n'


@dataclass(frozen=True, slots=True)
class Load:
    """A daemon under some load."""

    name: str
    running: Running
    crowd: Readers | None = None


def run(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield a row for each load."""
    seconds = effort.whole_cycles
    with ExitStack() as stack:
        command = stack.enter_context(packaged_command(effort)) or OPTIMISED
        ways = (_with_disks, _with_clients, _with_containers)
        loads = [load for way in ways for load in way(stack, command, effort)]
        time.sleep(effort.pause(SETTLING))
        for load in loads:
            if load.crowd is not None:
                load.crowd.mark()
        before = [load.running.use for load in loads]
        time.sleep(seconds)
        for load, then in zip(loads, before, strict=True):
            used = load.running.use.seconds_since(then)
            frames = load.crowd.report().frames if load.crowd is not None else 0
            yield (
                load.name,
                f"{per_hour(used, seconds):.1f}",
                f"{load.running.memory['Rss']:.1f}",
                f"{frames / seconds:.0f}" if frames else "–",
                f"{used / frames * 1e6:.0f}" if frames else "–",
            )
    if reason := why_not():
        yield (f"containers: {reason}", *("–" for _ in COLUMNS))


def _with_disks(stack: ExitStack, command: tuple[str, ...], effort: Effort) -> Iterator[Load]:
    for disks in effort.some(DISKS):
        root = Path(stack.enter_context(TemporaryDirectory(prefix="uma-bench-")))
        write_host(array_of(disks), root)
        running = stack.enter_context(running_daemon(root, None, command))
        wait_for(running.port, "api/v1/storage/status")
        stack.enter_context(_rewriting(root))
        yield Load(f"{disks} disk{'s' * (disks > 1)}, files rewritten every second", running)


def _with_clients(stack: ExitStack, command: tuple[str, ...], effort: Effort) -> Iterator[Load]:
    wanted = [(clients, f"{clients} client{'s' * (clients > 1)}", command) for clients in effort.some(CLIENTS, quick=2)]
    if not effort.is_quick:
        wanted.append((300, "300 clients, from a checkout", CHECKOUT))
    for clients, name, how in wanted:
        running = stack.enter_context(daemon(array_of(8), command=how, settings=CROWDED))
        yield Load(name, running, stack.enter_context(readers(running.port, clients, *ADDRESSES)))


def _with_containers(stack: ExitStack, command: tuple[str, ...], effort: Effort) -> Iterator[Load]:
    if why_not():
        return
    for containers in effort.some(CONTAINERS):
        dockerd = Dockerd()
        stack.callback(dockerd.end)
        dockerd.start()
        asyncio.run(create_containers(dockerd, containers))
        running = stack.enter_context(daemon(array_of(8), dockerd.socket, command=command))
        yield Load(f"{containers} containers", running)


@contextmanager
def _rewriting(root: Path) -> Iterator[None]:
    """Rewrite emhttpd's files below *root* every second, unchanged."""
    over = threading.Event()
    folder = root / "var/local/emhttp"
    texts = {path: path.read_bytes() for path in folder.glob("*.ini")}

    def rewrite() -> None:
        while not over.wait(1):
            for path, text in texts.items():
                path.write_bytes(text)

    rewriting = threading.Thread(target=rewrite)
    rewriting.start()
    try:
        yield
    finally:
        over.set()
        rewriting.join()
