"""From exec to the first complete message, and from the upgrade to a client's first.

Each round starts every contender in turn, with byte code compiled and files in the page cache, and polls every 10 ms
until it answers. UMA is asked for its storage and system messages, which are complete from the first on; the others for
all their data (Glances and Netdata measure processors over a first interval too). *Processor time* is the usage up to
then. The last row opens a WebSocket repeatedly on each address that has a state; aim: 50 ms at most.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.figures import quantile, spread
from benchmarks.kernel import Use
from benchmarks.packaged import packaged_command
from benchmarks.peers import GLANCES, NETDATA, NODE_EXPORTER
from benchmarks.process import CHECKOUT, Running, daemon, running_daemon, wait_for, write_host

COLUMNS = ("s", "processor time, s")

NOTHING = Use({}, {}, 0.0)
MESSAGES = ("api/v1/storage/status", "api/v1/system/stats")
STATES = ("/api/v1/ws/system/stats", "/api/v1/ws/storage/status")
OPENINGS = 200

Start = Callable[[], AbstractContextManager[Running]]


def run(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield a row for each contender, and one for the first message after an upgrade."""
    rounds = max(effort.times(3), effort.seconds // 12)
    with ExitStack() as stack:
        root = Path(stack.enter_context(TemporaryDirectory(prefix="uma-bench-")))
        write_host(array_of(8), root)
        packaged = stack.enter_context(packaged_command(effort))
        contenders: dict[str, tuple[Start, tuple[str, ...]]] = {}
        if packaged is not None:
            contenders["UMA, packaged"] = (lambda: running_daemon(root, None, packaged), MESSAGES)
        contenders["UMA from a checkout"] = (lambda: running_daemon(root, None, CHECKOUT), MESSAGES)
        contenders |= {
            peer.name: (peer.start, (peer.page,)) for peer in (GLANCES, NETDATA, NODE_EXPORTER) if peer.is_there
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        for number in range(rounds + 1):
            for name, (start, pages) in contenders.items():
                figures = _start(start, pages)
                # The first start of each compiles missing byte code.
                if number:
                    taken[name].append(figures)
    for name, figures in taken.items():
        yield (
            f"{name}: exec to the first complete answer",
            spread([each[0] for each in figures], digits=2),
            spread([each[1] for each in figures], digits=2),
        )
    yield from _first_messages(effort.times(OPENINGS, quick=20))


def _start(start: Start, pages: tuple[str, ...]) -> tuple[float, float]:
    began = time.monotonic()
    with start() as running:
        for page in pages:
            wait_for(running.port, page, pause=0.01)
        return time.monotonic() - began, running.use.seconds_since(NOTHING)


def _first_messages(openings: int) -> Iterator[tuple[str, ...]]:
    with daemon(array_of(8)) as served:
        wait_for(served.port, MESSAGES[1])
        delays = [_first_message(served.port, STATES[number % len(STATES)]) for number in range(openings)]
    yield (f"first message after the upgrade, p50, {openings} openings", f"{quantile(delays, 50):.4f}", "–")
    yield ("first message after the upgrade, p99", f"{quantile(delays, 99):.4f}", "–")


def _first_message(port: int, path: str) -> float:
    """Return seconds from sending the request to the end of the first message."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        began = time.monotonic()
        sock.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        received = b""
        while not received.endswith(b"}") or b"\r\n\r\n" not in received:
            received += sock.recv(1 << 16)
        return time.monotonic() - began
