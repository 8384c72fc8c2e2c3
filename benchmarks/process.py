"""A daemon of its own for each measurement, and what the kernel accounts to it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.array_writer import ArrayTexts


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running ``uma serve``."""

    pid: int
    port: int

    @property
    def cpu_seconds(self) -> float:
        """Time on a processor of its threads so far, to the nanosecond where the kernel keeps it so."""
        times = (task / "schedstat" for task in Path(f"/proc/{self.pid}/task").iterdir())
        return sum(int(time.read_text().split()[0]) for time in times) / 1e9

    @property
    def memory(self) -> dict[str, float]:
        """MB (10^6 bytes) by the kernel's words: Rss, Pss, Anonymous."""
        lines = (line.split() for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:])
        return {words[0].rstrip(":"): int(words[1]) * 1024 / 1e6 for words in lines}

    @property
    def threads(self) -> int:
        """How many threads it has."""
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    @property
    def wakeups(self) -> int:
        """How often its threads were switched to so far."""
        return sum(
            int(line.split()[1])
            for task in Path(f"/proc/{self.pid}/task").iterdir()
            for line in (task / "status").read_text().splitlines()
            if line.startswith("voluntary_ctxt_switches")
        )


@contextmanager
def daemon(array: ArrayTexts, docker_socket: Path | None = None) -> Iterator[Daemon]:
    """A daemon over a tree with *array* and this machine's own /proc; ended on exit."""
    root = Path(tempfile.mkdtemp(prefix="uma-bench-"))
    array.write_to(root)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-OO",
        "-m",
        "uma",
        "serve",
        "--root",
        str(root),
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    if docker_socket is not None:
        command += ["--docker-socket", str(docker_socket)]
    with (root / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log, env=os.environ | {"MALLOC_ARENA_MAX": "2"})
    try:
        _wait_for(port)
        yield Daemon(process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        shutil.rmtree(root)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/storage/status") as response:
                response.read()
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
