"""Cost of a message to many clients: the server's processor time for each client, and time until the last client has
it.

Three servers publish the same encoded message in turn, one round each, to clients in a separate process: UMA's streams
and web part; ``websockets``' ``broadcast()``; and a loop that sends to plain sockets, which is the kernel's cost and
the minimum. Processor time is the kernel's account of the server's process (``schedstat``) over a round of 30 messages;
the figures are medians of the rounds, with their range. Aims: at most 1.25 times the plain sockets, and less than
``websockets``.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.effort import Effort
from benchmarks.fanout_server import WAYS
from benchmarks.figures import quantile, ratio, spread
from benchmarks.kernel import use_of
from benchmarks.readers import Readers, readers

COLUMNS = (*WAYS, "UMA to sockets", "UMA to websockets")

CROWDS = (100, 300)
KINDS = ("stats", "storage")
MESSAGES = 30
APART = 20
"""Milliseconds between messages."""


def run(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield CPU per client and message, and time to the last client, for each crowd and kind of message."""
    rounds = max(effort.times(3), effort.seconds // 6)
    for kind in effort.some(KINDS):
        for clients in effort.some(CROWDS):
            with ExitStack() as stack:
                servers = {way: stack.enter_context(_server(way, kind, clients)) for way in WAYS}
                for server in servers.values():
                    server.publish()
                for _ in range(rounds):
                    for server in servers.values():
                        server.publish(is_counted=True)
            yield from _rows(f"{kind}, {clients} clients", servers)


def _rows(what: str, servers: dict[str, "_Server"]) -> Iterator[tuple[str, ...]]:
    for figure, values, scale, digits in (
        ("CPU a message and client, µs", {way: server.cpu for way, server in servers.items()}, 1e6, 1),
        ("last client has it, p50, ms", {way: server.delays_50 for way, server in servers.items()}, 1e-6, 1),
        ("last client has it, p99, ms", {way: server.delays_99 for way, server in servers.items()}, 1e-6, 1),
    ):
        middle = {way: median(each) for way, each in values.items()}
        yield (
            f"{what}: {figure}",
            *(spread(each, scale=scale, digits=digits) for each in values.values()),
            ratio(middle["UMA"], middle["sockets"]),
            ratio(middle["UMA"], middle["websockets"]),
        )


class _Server:
    def __init__(self, process: "subprocess.Popen[str]", clients: int, crowd: Readers) -> None:
        self.cpu: list[float] = []
        self.delays_50: list[float] = []
        self.delays_99: list[float] = []
        self._process = process
        self._clients = clients
        self._crowd = crowd

    def publish(self, *, is_counted: bool = False) -> None:
        """Run one round."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._crowd.mark()
        before = use_of(self._process.pid)
        self._process.stdin.write(f"{MESSAGES} {APART}\n")
        self._process.stdin.flush()
        begun = json.loads(self._process.stdout.readline())
        used = use_of(self._process.pid).seconds_since(before)
        deadline = time.monotonic() + 10
        while (report := self._crowd.report()).frames < MESSAGES * self._clients:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{report.frames} of {MESSAGES * self._clients} frames arrived")
            time.sleep(0.05)
        if is_counted:
            delays = [had - at for had, at in zip(report.last_had, begun, strict=True)]
            self.cpu.append(used / MESSAGES / self._clients)
            self.delays_50.append(quantile(delays, 50))
            self.delays_99.append(quantile(delays, 99))


@contextmanager
def _server(way: str, kind: str, clients: int) -> Iterator[_Server]:
    command = [sys.executable, "-OO", str(Path(__file__).with_name("fanout_server.py")), way, kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            with readers(port, clients, "/api/v1/ws/system/stats") as crowd:
                yield _Server(process, clients, crowd)
        finally:
            process.kill()
