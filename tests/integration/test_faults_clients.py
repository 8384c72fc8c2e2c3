"""Clients that don't read, hardly read or lose their cable, and their effect on the others."""

import asyncio
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.supervised import until

from .clients import crowd
from .daemon import STREAMS, Daemon
from .programs import clean_environment

UPGRADE = (
    "GET /api/v1/ws/{stream} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PLACES = 100
EVENTS = 2000
EVENT_PADDING = "x" * 600
MOST_OF_ONE = 256 * 1024
CUT_SECONDS = 60.0

MakeDaemon = Callable[..., Daemon]


def upgrade(stream: str, host: str) -> bytes:
    """Return the first bytes of a client of *stream*."""
    return UPGRADE.format(stream=stream, host=host).encode()


def joined(daemon: Daemon, stream: str) -> socket.socket:
    """A client that has read its 101, and has room for hardly more."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect(("127.0.0.1", daemon.port))
    client.sendall(upgrade(stream, daemon.server))
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(1)
    assert head.startswith(b"HTTP/1.1 101")
    return client


def resident(daemon: Daemon) -> int:
    """Bytes of memory that the daemon has."""
    memory: int = psutil.Process(daemon.program.process.pid).memory_info().rss
    return memory


async def trickle(client: socket.socket) -> int:
    """Read a byte a second until the connection ends; how many bytes that were."""
    client.setblocking(False)
    count = 0
    while True:
        try:
            if not await asyncio.get_running_loop().sock_recv(client, 1):
                return count
        except ConnectionError:
            return count
        count += 1
        await asyncio.sleep(1)


@pytest.mark.timeout(120)
async def test_half_of_the_clients_never_read_and_one_reads_a_byte_a_second(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    """The 49 that read get every event within a second; the others are dropped, and their places are free again."""
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = make_daemon(docker_socket=docker.socket)
        await asyncio.to_thread(daemon.start)
        await until(lambda: docker.streams == DAEMON_STREAMS)
        with ExitStack() as sockets:
            async with crowd(daemon) as people, asyncio.TaskGroup() as tasks:
                readers = await people.fill("docker/events", 49)
                for _ in range(50):
                    sockets.enter_context(await asyncio.to_thread(joined, daemon, "docker/events"))
                slow = sockets.enter_context(await asyncio.to_thread(joined, daemon, "docker/events"))
                assert 503 == (await people.refused("docker/events")).status
                trickling = tasks.create_task(trickle(slow), name="trickle")
                before = resident(daemon)
                latest = 0.0
                for number in range(EVENTS):
                    docker.emit(docker_event("start", f"c{number}", at=time.time_ns(), image=EVENT_PADDING))
                    if number % 50 == 49:
                        began = time.monotonic()
                        await until(lambda number=number: all(len(each.frames) == number + 1 for each in readers), 30)
                        latest = max(latest, time.monotonic() - began)
                grown = resident(daemon) - before
                names = [f"c{number}" for number in range(EVENTS)]
                for reader in readers:
                    assert names == [json.loads(frame)["data"]["container_name"] for frame in reader.frames]
                await asyncio.to_thread(daemon.until_connections, "docker/events", 49, 30)
                health = await asyncio.to_thread(daemon.health)
                await people.fill("docker/events", 51)
                # Closing frees the place of a client that reads a byte a second.
                trickling.cancel()

    assert latest < 2
    assert grown < 51 * MOST_OF_ONE
    assert health["streams"]["docker/events"]["dropped_clients"] == 51
    assert health["status"] == "healthy"


@contextmanager
def cable() -> Iterator[tuple[str, str, Callable[[], None]]]:
    """A network namespace at the end of a cable: its name, our address on the cable, and what cuts it."""
    name = f"uma{os.getpid()}"
    # A separate one, like the name: another run may be on the same machine.
    network = ipaddress.ip_address("10.213.0.0") + 4 * (os.getpid() % 2**14)
    ours, address, theirs = f"{name}a", str(network + 1), str(network + 2)

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", name)
    try:
        ip("link", "add", ours, "type", "veth", "peer", "name", "eth0", "netns", name)
        try:
            ip("address", "add", f"{address}/30", "dev", ours)
            ip("link", "set", ours, "up")
            ip("-n", name, "address", "add", f"{theirs}/30", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            yield name, address, lambda: ip("-n", name, "link", "set", "eth0", "down")
        finally:
            ip("link", "delete", ours)
    finally:
        ip("netns", "delete", name)


def why_no_cable() -> str | None:
    """Return why there can be no network namespace here; None if there can."""
    if shutil.which("ip") is None:
        return "there is no ip on this machine (Debian: iproute2)"
    try:
        with cable():
            return None
    except subprocess.CalledProcessError as error:
        return f"no network namespace can be made: {error.stderr.decode()}"


CLIENT = """
import socket, sys, time
address, port, *requests = sys.argv[1:]
clients = [socket.create_connection((address, int(port)), 10) for _ in requests]
for client, request in zip(clients, requests):
    client.sendall(request.encode())
    client.recv(4096)
print("joined", flush=True)
while True:
    for client in clients:
        client.setblocking(False)
        try:
            client.recv(65536)
        except BlockingIOError:
            pass
    time.sleep(0.05)
"""
"""A client of each stream that reads, and knows nothing of its cable."""


@pytest.mark.timeout(120)
def test_a_clients_cable_is_cut(make_daemon: MakeDaemon) -> None:
    """The places of vanished clients are free within 60 s, on a busy stream and on a silent one."""
    reason = why_no_cable()
    if reason is not None:
        pytest.skip(reason)
    daemon = make_daemon(port_from_file=True)
    daemon.configure(BIND="0.0.0.0", PORT=daemon.port)
    daemon.start()
    with cable() as (name, address, cut):
        requests = [upgrade(stream, address).decode() for stream in STREAMS]
        command = ["ip", "netns", "exec", name, sys.executable, "-c", CLIENT, address, str(daemon.port), *requests]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment()) as client:
            assert client.stdout is not None
            with closing(client.stdout):
                assert client.stdout.readline() == b"joined\n"
                assert daemon.connections() == dict.fromkeys(STREAMS, 1)
                cut()
                began = time.monotonic()
                try:
                    for stream in STREAMS:
                        daemon.until_connections(stream, 0, CUT_SECONDS - (time.monotonic() - began))
                finally:
                    client.kill()
