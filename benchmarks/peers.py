"""The peers that UMA is measured beside: Glances' web server, Netdata, prometheus-node-exporter.

``peers.sh`` puts them into .cache/peers. Each runs with its defaults, except that Netdata's paths are in its folder and
its database stays in memory, that update checks are disabled, and that all listen on 127.0.0.1.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.process import Running, free_port, wait_for

FOLDER = Path(__file__).parents[1] / ".cache/peers"
DEBIAN = FOLDER / "debian"


@dataclass(frozen=True, slots=True)
class Peer:
    """A program, and its address with all its data; ``start`` starts and ends it."""

    name: str
    program: Path
    page: str
    start: Callable[[], AbstractContextManager[Running]]

    @property
    def is_there(self) -> bool:
        """Return True if it could be fetched on this machine."""
        return self.program.exists()

    @contextmanager
    def run(self) -> Iterator[Running]:
        """Yield it once it answers."""
        with self.start() as running:
            wait_for(running.port, self.page)
            yield running


def glances() -> AbstractContextManager[Running]:
    """Glances' web server, as ``glances -w``."""
    port = free_port()
    command = [str(FOLDER / "glances/bin/glances"), "-w", "--disable-webui", "--disable-check-update"]
    return _running([*command, "-B", "127.0.0.1", "-p", str(port)], port)


@contextmanager
def netdata(every: int) -> Iterator[Running]:
    """Netdata, sampling every *every* seconds."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="uma-bench-") as folder:
        for name in ("log", "cache", "lib", "web"):
            Path(folder, name).mkdir()
        config = Path(folder, "netdata.conf")
        config.write_text(
            f"[global]\nrun as user = root\nhostname = bench\n[db]\nmode = ram\nupdate every = {every}\n"
            f"[directories]\nconfig = {DEBIAN}/etc/netdata\nstock config = {DEBIAN}/usr/lib/netdata/conf.d\n"
            f"log = {folder}/log\ncache = {folder}/cache\nlib = {folder}/lib\nhome = {folder}\nweb = {folder}/web\n"
            f"plugins = {DEBIAN}/usr/lib/netdata/plugins.d\n"
            f"[web]\ndefault port = {port}\nbind to = 127.0.0.1\n[statsd]\nenabled = no\n"
        )
        command = [str(DEBIAN / "usr/sbin/netdata"), "-D", "-c", str(config)]
        libraries = ":".join(str(path) for path in DEBIAN.glob("usr/lib/*-linux-gnu"))
        with _running(
            command, port, {"DO_NOT_TRACK": "1", "DISABLE_TELEMETRY": "1", "LD_LIBRARY_PATH": libraries}
        ) as running:
            yield running


def node_exporter() -> AbstractContextManager[Running]:
    """prometheus-node-exporter with its default collectors."""
    port = free_port()
    command = [str(DEBIAN / "usr/bin/prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{port}"]
    return _running(command, port)


GLANCES = Peer("Glances", FOLDER / "glances/bin/glances", "api/4/all", glances)
NETDATA = Peer("Netdata", DEBIAN / "usr/sbin/netdata", "api/v1/allmetrics?format=prometheus", partial(netdata, 1))
NETDATA_SLOW = Peer("Netdata", DEBIAN / "usr/sbin/netdata", NETDATA.page, partial(netdata, 5))
NODE_EXPORTER = Peer("node_exporter", DEBIAN / "usr/bin/prometheus-node-exporter", "metrics", node_exporter)


@contextmanager
def _running(command: list[str], port: int, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | dict(environment or {}),
        start_new_session=True,
    )
    try:
        yield Running(process.pid, port)
    finally:
        # With its children.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
