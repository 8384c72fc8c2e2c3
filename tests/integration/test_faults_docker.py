"""A real dockerd that crashes, hangs or breaks off in the middle of an event, and the effect on clients."""

import asyncio
import itertools
import json
import random
import socket
import socketserver
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiodocker import DockerError
from aiohttp import ClientError

from tests.supervised import until

from .clients import Listener, crowd
from .daemon import Daemon
from .dockerd import IMAGE, OFFLINE, Dockerd
from .faults import on_time
from .nightly import nightly, times

CLIENTS = 30
KILLS = times(6, 20)
CUTS = 4
FROZEN = 60.0
CONTAINER = {"Image": IMAGE, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}, **OFFLINE}

Key = tuple[int, str, str]
MakeDaemon = Callable[..., Daemon]


async def started(make_daemon: MakeDaemon, socket: Path) -> Daemon:
    """A daemon that follows the Docker at *socket*."""
    daemon = make_daemon(docker_socket=socket)
    # The containers have a connection of their own, which would take cuts that are meant for the events.
    daemon.configure(STATS_INTERVAL=1, DOCKER_CONTAINERS="no")
    await asyncio.to_thread(daemon.start)
    await asyncio.to_thread(daemon.until_source, "docker", "ok")
    return daemon


@asynccontextmanager
async def storm(dockerd: Dockerd) -> AsyncIterator[None]:
    """Containers that are renamed continuously, even while dockerd is down."""
    async with dockerd.client() as docker, asyncio.TaskGroup() as tasks:
        containers = [await docker.containers.create(CONTAINER, name=f"storm{n}") for n in range(3)]

        async def rename(number: int) -> None:
            for turn in itertools.count():
                try:
                    async with asyncio.timeout(5):
                        await containers[number].rename(f"storm{number}-{turn}")
                except (DockerError, ClientError, TimeoutError):
                    await asyncio.sleep(0.05)

        renaming = [tasks.create_task(rename(number), name="rename") for number in range(len(containers))]
        yield
        for task in renaming:
            task.cancel()


def remembered(dockerd: Dockerd, since: float) -> set[Key]:
    """The container events that dockerd remembers, from a Unix time on."""
    text = dockerd.request_text("GET", "events", {"since": f"{since:.9f}", "until": f"{time.time():.9f}"})
    raw = [json.loads(line) for line in text.splitlines()]
    return {(each["timeNano"], each["Actor"]["ID"], each["Action"]) for each in raw if each["Type"] == "container"}


def told(listener: Listener) -> list[dict[str, Any]]:
    """The events that a client got."""
    return [json.loads(frame)["data"] for frame in listener.frames]


def keys(listener: Listener) -> list[Key]:
    """Return the identity of each event."""
    return [(each["time_nano"], each["container_id_full"], each["action"]) for each in told(listener)]


def check(clients: Iterable[Listener], expected: set[Key]) -> None:
    """Check that each client is still there and got the same: all expected events, none twice, without a gap in
    numbers.
    """
    first, *others = clients
    received = keys(first)
    assert [key for key, count in Counter(received).items() if count > 1] == []
    assert expected - set(received) == set()
    numbers = [each["seq"] for each in told(first)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    for other in others:
        assert other.frames == first.frames
    assert {None} == {client.close_code for client in (first, *others)}


@pytest.mark.timeout(60 + 30 * KILLS)
async def test_docker_is_killed_in_an_event_storm(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """dockerd is killed and restarted in a storm of events: clients stay, and get all it remembers, once."""
    daemon = await started(make_daemon, dockerd.socket)
    expected: set[Key] = set()
    async with crowd(daemon) as people, on_time(people):
        clients = await people.fill("docker/events", CLIENTS)
        since = time.time()
        async with storm(dockerd):
            for _ in range(KILLS):
                seen = len(clients[0].frames)
                await until(lambda seen=seen: len(clients[0].frames) > seen + 20, 30)
                known = await asyncio.to_thread(remembered, dockerd, since)
                # Events that a client got are not lost later; for others, dockerd would have to remember them.
                await until(lambda known=known: known & set(keys(clients[0])) == known)
                expected |= known
                await asyncio.sleep(random.uniform(0, 0.2))
                await asyncio.to_thread(dockerd.kill)
                await asyncio.to_thread(dockerd.start)
                await asyncio.to_thread(daemon.until_source, "docker", "ok")
            seen = len(clients[0].frames)
            await until(lambda: len(clients[0].frames) > seen + 20, 30)
        await until(lambda: len({len(client.frames) for client in clients}) == 1)
        check(clients, expected)
        assert len(expected) > KILLS * 20
        assert "healthy" == (await asyncio.to_thread(daemon.health))["status"]


class Cutter(socketserver.ThreadingUnixStreamServer):
    """A relay to a Docker with its own socket, which can be cut in the middle of an answer."""

    daemon_threads = True

    def __init__(self, socket: Path, docker: Path) -> None:
        super().__init__(str(socket), Cut)
        self.docker = docker
        self.cuts = 0
        self.is_armed = False
        """True if the next event is to be cut in two."""


class Cut(socketserver.BaseRequestHandler):
    """One connection."""

    server: Cutter

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as docker:
            docker.connect(str(self.server.docker))
            asking = threading.Thread(target=self.ask, args=(docker,), daemon=True)
            asking.start()
            while data := docker.recv(65536):
                place = data.find(b'"Action":"')
                if self.server.is_armed and place >= 0:
                    self.server.is_armed = False
                    self.server.cuts += 1
                    self.request.sendall(data[: place + random.randrange(1, 40)])
                    break
                self.request.sendall(data)
            for each in (self.request, docker):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            asking.join()

    def ask(self, docker: socket.socket) -> None:
        """Pass on what is asked."""
        with suppress(OSError):
            while data := self.request.recv(65536):
                docker.sendall(data)
            docker.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutter(socket: Path, docker: Path) -> Iterator[Cutter]:
    """A Cutter at work."""
    with Cutter(socket, docker) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.timeout(200)
async def test_dockers_socket_is_cut_in_the_middle_of_an_event(
    make_daemon: MakeDaemon, dockerd: Dockerd, tmp_path: Path
) -> None:
    """A stream that breaks off within an event: that event and all others come once, and no client notices."""
    with cutter(tmp_path / "docker.sock", dockerd.socket) as cut:
        daemon = await started(make_daemon, tmp_path / "docker.sock")
        async with crowd(daemon) as people, on_time(people):
            clients = await people.fill("docker/events", CLIENTS)
            # Few enough for dockerd, which remembers 256.
            expected: set[Key] = set()
            since = time.time()
            for turn in range(CUTS):
                cut.is_armed = True
                async with dockerd.client() as docker:
                    container = await docker.containers.create(CONTAINER, name=f"cut{turn}")
                    await container.rename(f"renamed{turn}")
                    await container.delete()
                await until(lambda turn=turn: cut.cuts == turn + 1)
                known = await asyncio.to_thread(remembered, dockerd, since)
                expected |= known
                await until(lambda known=known: known <= set(keys(clients[0])), 45)
                # A stream that breaks off as soon as it is open is opened ever more slowly.
                await asyncio.to_thread(daemon.until_source, "docker", "ok")
            await until(lambda: len({len(client.frames) for client in clients}) == 1)
            check(clients, expected)
            assert len(told(clients[0])) == CUTS * 3


@nightly
@pytest.mark.timeout(300)
async def test_docker_hangs_for_a_minute(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """A hung dockerd shows in health only; afterwards its events come, each once."""
    daemon = await started(make_daemon, dockerd.socket)
    async with crowd(daemon) as people, on_time(people):
        clients = await people.fill("docker/events", CLIENTS)
        since = time.time()
        async with storm(dockerd):
            await until(lambda: len(clients[0].frames) > 20)
            dockerd.freeze()
            began = time.monotonic()
            await asyncio.to_thread(daemon.until_source, "docker", "failed", FROZEN)
            await asyncio.sleep(FROZEN - (time.monotonic() - began))
            dockerd.thaw()
            await asyncio.to_thread(daemon.until_source, "docker", "ok", 30)
            seen = len(clients[0].frames)
            await until(lambda: len(clients[0].frames) > seen + 20, 30)
        expected = await asyncio.to_thread(remembered, dockerd, since)
        await until(lambda: expected <= set(keys(clients[0])))
        await until(lambda: len({len(client.frames) for client in clients}) == 1)
        check(clients, expected)
