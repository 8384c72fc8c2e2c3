"""A separate daemon for each measurement, started as in the package or in a checkout."""

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
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.array_writer import ArrayTexts

from benchmarks.kernel import Use, memory_of, threads_of, use_of

CHECKOUT = (sys.executable, "-m", "uma")
"""As ``make run`` starts it."""

OPTIMISED = (sys.executable, "-OO", "-m", "uma")
"""With the byte code that the package has, by the checkout's Python."""

SMART_TEXTS = Path(__file__).parents[1] / "tests/fixtures/smart"


@dataclass(frozen=True, slots=True)
class Running:
    """A server under measurement: UMA or one of its peers."""

    pid: int
    port: int

    @property
    def use(self) -> Use:
        """Return its usage so far."""
        return use_of(self.pid)

    @property
    def memory(self) -> Counter[str]:
        """Return MB by the kernel's words."""
        return memory_of(self.pid)

    @property
    def threads(self) -> int:
        """Return the number of its threads."""
        return threads_of(self.pid)


@contextmanager
def daemon(
    array: ArrayTexts,
    docker_socket: Path | None = None,
    *,
    command: Sequence[str] = OPTIMISED,
    environment: Mapping[str, str] | None = None,
    settings: str = "",
) -> Iterator[Running]:
    """Yield a serving daemon over a tree with *array*, SMART texts and this machine's own /proc."""
    with _host_tree(array) as root, running_daemon(root, docker_socket, command, environment, settings) as served:
        wait_for(served.port, "api/v1/storage/status")
        yield served


@contextmanager
def running_daemon(
    root: Path,
    docker_socket: Path | None,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    settings: str = "",
) -> Iterator[Running]:
    """Yield a daemon over *root* that was just started."""
    (root / "uma.cfg").write_text(settings)
    port = free_port()
    arguments = ["serve", "--root", str(root), "--bind", "127.0.0.1", "--port", str(port)]
    arguments += ["--config", str(root / "uma.cfg")]
    if docker_socket is not None:
        arguments += ["--docker-socket", str(docker_socket)]
    # A start without byte code would include the compiler's memory.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with (root / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, *arguments], stderr=log, env=variables | {"MALLOC_ARENA_MAX": "2"} | dict(environment or {})
        )
    try:
        yield Running(process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        if "not watched" in (root / "log").read_text():
            print("  A daemon had no inotify instance left and looked twice a second instead: its CPU is too high.")


@contextmanager
def _host_tree(array: ArrayTexts) -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="uma-bench-"))
    try:
        write_host(array, root)
        yield root
    finally:
        shutil.rmtree(root)


def write_host(array: ArrayTexts, root: Path) -> None:
    """Write a host tree with *array* to *root*, with the SMART text of each of its drives, as Unraid leaves it."""
    array.write_to(root)
    # Without it the server's id is derived by scrypt, which loads OpenSSL: 4 MB that no server uses.
    (root / "boot/config/plugins/uma").mkdir(parents=True, exist_ok=True)
    folder = root / "var/local/emhttp/smart"
    folder.mkdir(parents=True, exist_ok=True)
    for line in (root / "var/local/emhttp/disks.ini").read_text().splitlines():
        if line.startswith("["):
            slot = line.strip('[]"')
            kind = "nvme" if slot.startswith("cache") else "ata"
            shutil.copyfile(SMART_TEXTS / f"{kind}-healthy.txt", folder / slot)


def free_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for(port: int, path: str, *, seconds: float = 30, pause: float = 0.05) -> bytes:
    """Return the body of the first successful answer at *path*."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as response:
                body: bytes = response.read()
                return body
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(pause)
