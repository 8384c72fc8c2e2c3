"""The packaged daemon with its own interpreter, through faults that differ between versions of Python."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ..integration import dockerd as docker
from ..integration.daemon import Daemon
from ..integration.dockerd import Dockerd
from ..integration.mosquitto import PROGRAM, Mosquitto
from ..integration.programs import CHECKOUT, clean_environment, until

pytestmark = pytest.mark.timeout(600)  # the first of them builds

HANGING_SECONDS = 40.0
"""Longer than the keepalive and a half, after which the broker has dropped the connection, too."""

CONNACK, PUBACK = b"\x20\x02\x00\x00", b"\x40\x02\x00\x01"


@pytest.fixture
def daemon(unpacked: Path, tmp_path: Path) -> Iterator[Daemon]:
    """The package's daemon with the demo's array; it has not been started."""
    daemon = Daemon(tmp_path, CHECKOUT / "demo/tower", docker_socket=tmp_path / "docker.sock")
    daemon.packaged(unpacked / "usr/local/uma")
    yield daemon
    daemon.end()


class SilentBroker:
    """Broker that acknowledges a login and the first message, and then stays silent."""

    def __init__(self) -> None:
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._work, name="silent broker")
        self._thread.start()

    def close(self) -> None:
        # Closing it would not wake a thread that waits for a connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (self._listener, *self._open):
            each.close()

    def _work(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self.connections += 1
            connection.settimeout(10)
            # The client can disconnect at any time, and ends with the test.
            with suppress(OSError):
                connection.recv(4096)
                connection.sendall(CONNACK)
                connection.recv(4096)
                connection.sendall(PUBACK)


def test_it_is_debians(unpacked: Path):
    """The interpreter here is the Python that the tests run under by default on Debian 12."""
    python = unpacked / "usr/local/uma/bin/uma-python"
    versions = [
        subprocess.run([path, "-V"], capture_output=True, text=True, check=True, timeout=30).stdout
        for path in (python, "/usr/bin/python3")
    ]

    assert versions[0] == versions[1]


@pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine (Debian: mosquitto)")
def test_a_broker_that_hangs_is_found_again(daemon: Daemon, tmp_path: Path):
    """A broker that hangs for 40 s is reconnected afterwards, and health shows both."""
    broker = Mosquitto(tmp_path / "mosquitto").start()
    try:
        daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port, STATS_INTERVAL=1)
        daemon.start()
        daemon.until_source("mqtt", "ok")
        broker.program.signal(signal.SIGSTOP)
        began = time.monotonic()
        daemon.until_source("mqtt", "unavailable", HANGING_SECONDS)
        time.sleep(HANGING_SECONDS - (time.monotonic() - began))
        broker.program.signal(signal.SIGCONT)
        daemon.until_source("mqtt", "ok", 30)
    finally:
        broker.kill()


def test_a_broker_that_falls_silent_is_left(daemon: Daemon):
    """A broker that stops acknowledging is no longer `ok`, and is connected to again."""
    broker = SilentBroker()
    try:
        daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port, STATS_INTERVAL=1)
        daemon.start()
        until(lambda: broker.connections >= 1, what="a connection")
        daemon.until_source("mqtt", "unavailable", 40)
        until(lambda: broker.connections >= 2, 40, what="a second connection")
    finally:
        daemon.end()
        broker.close()


@pytest.mark.skipif(bool(docker.why_not()), reason=str(docker.why_not()))
def test_a_docker_that_hangs_is_found_again(daemon: Daemon, tmp_path: Path):
    """A dockerd that hangs is `failed`, and `ok` once it continues."""
    dockerd = Dockerd(socket=tmp_path / "docker.sock")
    try:
        dockerd.start()
        daemon.start()
        daemon.until_source("docker", "ok")
        dockerd.freeze()
        daemon.until_source("docker", "failed", 90)
        dockerd.thaw()
        daemon.until_source("docker", "ok", 40)
    finally:
        dockerd.end()


@pytest.mark.smoke
def test_a_closed_pipe_ends_watch(daemon: Daemon, unpacked: Path, tmp_path: Path):
    """`uma watch … | head -1` ends properly without a message."""
    daemon.configure(STATS_INTERVAL=1)
    daemon.start()
    script = '"$0" watch "$1/system/stats" | head -n 1; echo "${PIPESTATUS[0]}"'
    done = subprocess.run(
        ["bash", "-c", script, str(unpacked / "usr/local/uma/bin/uma"), daemon.server],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=clean_environment(),
    )
    line, status = done.stdout.splitlines()

    assert line
    assert (status, done.stderr.count("\n")) == ("0", 1), done.stderr
