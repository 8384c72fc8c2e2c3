"""Months of running in a minute, or an hour by `make soak`: 300 clients that come and go, changing files, events.

Every few seconds all clients are gone, and the daemon's usage is recorded. At the end it must be as near the beginning.
"""

import asyncio
import itertools
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import psutil
import pytest
from aiohttp import ClientSession, TCPConnector, WSServerHandshakeError

from tests.fakes.docker import FakeDocker, docker_event
from tests.supervised import until

from .daemon import STREAMS, Daemon
from .faults import UNMEASURED
from .programs import CHECKOUT, Program

SECONDS = float(os.environ.get("UMA_SOAK_SECONDS", "45"))
CLIENTS = 300
ROUNDS = max(6, int(SECONDS / 20))
WARM_UP = 0.34
"""The part of the rounds after which everything has been used, and lists that are kept are full or nearly."""

MOST_GROWTH = 4_000_000 if SECONDS < 300 else 2_500_000
"""Bytes of memory. An hour's samples, of one a second, are 300 KB of it; the allocator's own settle within minutes.
After seven of them Python's table of interned strings has been through all its places, and doubles once, to 1.9 MB."""

MakeDaemon = Callable[..., Daemon]


@dataclass(frozen=True)
class Held:
    """Memory in bytes, and counts, of the daemon without clients."""

    memory: int
    files: int
    tasks: int
    threads: int

    def __str__(self) -> str:
        return f"{self.memory / 1e6:6.2f} MB  {self.files:3} files  {self.tasks:3} tasks  {self.threads:2} threads"


class People:
    """The clients: each stays for a while, leaves politely or not at all, and comes back."""

    def __init__(self, daemon: Daemon, session: ClientSession) -> None:
        self.connected = 0
        self.messages = 0
        self._daemon = daemon
        self._session = session

    async def live(self, stream: str, seconds: float, until_time: float) -> None:
        """Come and go until that time; each visit ends at random."""
        while time.monotonic() < until_time:
            try:
                await self._visit(stream, random.uniform(0.3, 1.7) * seconds)
            except WSServerHandshakeError as refusal:
                # All places are taken for a moment: the server does not know yet that a silent client is gone.
                assert refusal.status == 503  # noqa: PT017 - it is not what is tested
                await asyncio.sleep(0.1)

    async def _visit(self, stream: str, seconds: float) -> None:
        ws = await self._session.ws_connect(self._daemon.stream_url(stream))
        self.connected += 1
        try:
            async with asyncio.timeout(seconds):
                async for _ in ws:
                    self.messages += 1
        except TimeoutError:
            pass
        finally:
            # A third just vanishes.
            connection = ws._response.connection
            if random.random() < 0.33 and connection is not None and connection.transport is not None:
                connection.transport.abort()
            await ws.close()


async def come_and_go(daemon: Daemon, seconds: float) -> tuple[int, int]:
    """Run all the clients for *seconds*, then none; return the number of connections, and of messages."""
    ends = time.monotonic() + seconds
    async with ClientSession(connector=TCPConnector(limit=0)) as session, asyncio.TaskGroup() as tasks:
        people = People(daemon, session)
        for number in range(CLIENTS):
            stream = STREAMS[number % len(STREAMS)]
            tasks.create_task(people.live(stream, seconds / 4, ends), name="client")
        tasks.create_task(ask(daemon, session, ends), name="asking")
    return people.connected, people.messages


async def ask(daemon: Daemon, session: ClientSession, ends: float) -> None:
    """Request everything that exists, and some things that don't, while clients are there."""
    paths = ("health", "system/stats", "system/stats/history", "storage/status", "storage/smart", "docker/events")
    for path in itertools.cycle((*(f"/api/v1/{path}" for path in paths), "/metrics", "/", "/nothing", "/api/v1/ws")):
        if time.monotonic() > ends:
            return
        async with session.get(f"http://{daemon.server}{path}") as response:
            await response.read()
        await asyncio.sleep(0.2)


async def stir(docker: FakeDocker) -> None:
    """Start containers continuously, with a Docker that goes away and comes back."""
    for number in itertools.count():
        if number == 0:
            # As many as are kept, so that from here on each takes another's place.
            docker.emit(*(docker_event("start", "first", at=time.time_ns()) for _ in range(1200)))
        docker.emit(docker_event("start", f"c{number}", at=time.time_ns()))
        if number % 400 == 399:
            await docker.stop(leave_socket=number % 800 == 399)
            await asyncio.sleep(0.5)
            await docker.start()
        await asyncio.sleep(0.05)


async def held(daemon: Daemon) -> Held:
    """Return its use once all clients have gone."""
    for stream in STREAMS:
        await asyncio.to_thread(daemon.until_connections, stream, 0)
    async with ClientSession() as session:
        process = psutil.Process(daemon.program.process.pid)
        files = 0
        tasks = ""
        # Connections that have ended linger for two seconds.
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            async with session.get(f"http://{daemon.server}/metrics") as response:
                text = await response.text()
            found = re.search(r"^uma_tasks (\S+)$", text, re.MULTILINE)
            assert found is not None
            if (files, tasks) == (process.num_fds(), found[1]) and time.monotonic() > deadline - 1.5:
                break
            files, tasks = process.num_fds(), found[1]
            await asyncio.sleep(0.1)
        return Held(process.memory_info().rss, files, int(float(tasks)), process.num_threads())


def middle(rounds: list[Held]) -> Held:
    """The median of each figure."""
    return Held(*(int(statistics.median(getattr(each, field.name) for each in rounds)) for field in fields(Held)))


@pytest.mark.timeout(SECONDS * 3 + 120)
async def test_resources_stay_the_same(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """Memory, open files, tasks and threads at the end are the same as after the first third of the time."""
    moving = tmp_path / "moving"
    command = [sys.executable, CHECKOUT / "demo/move.py", CHECKOUT / "demo/tower", moving, "--pace", "0.3"]
    with Program(command, log=tmp_path / "move.log"):
        await until(moving.exists)
        async with FakeDocker(tmp_path / "docker.sock") as docker:
            daemon = make_daemon(docker_socket=docker.socket, root=moving).under(*UNMEASURED)
            daemon.configure(STATS_INTERVAL=1, STORAGE_INTERVAL=5)
            await asyncio.to_thread(daemon.start)
            notes: list[Held] = []
            connected = messages = 0
            async with asyncio.TaskGroup() as tasks:
                stirring = tasks.create_task(stir(docker), name="stir")
                for number in range(ROUNDS):
                    some, more = await come_and_go(daemon, max(1.0, SECONDS / ROUNDS - 3))
                    connected, messages = connected + some, messages + more
                    if number % 3 == 2:
                        await asyncio.to_thread(daemon.reload, STATS_INTERVAL=1 + number % 2, STORAGE_INTERVAL=5)
                    notes.append(await held(daemon))
                    print(f"{number + 1:4}  {notes[-1]}  {connected} connected", flush=True)  # noqa: T201 - the figures
                stirring.cancel()
            health = await asyncio.to_thread(daemon.health)

    warm = notes[int(len(notes) * WARM_UP) :]
    third = max(1, len(warm) // 3)
    first, last = middle(warm[:third]), middle(warm[-third:])
    print(f"first {first}\n last {last}\n{connected} connections, {messages} messages")  # noqa: T201 - the figures
    assert connected > CLIENTS * ROUNDS
    assert messages > connected
    assert health["sources"]["storage"]["status"] == "ok"
    assert last.memory - first.memory < MOST_GROWTH
    assert last.files <= first.files + 2
    assert last.tasks <= first.tasks + 2
    assert last.threads <= first.threads
