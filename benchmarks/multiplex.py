"""Cost of several streams over one socket beside an address each, and of a resume after a break.

A separate daemon follows a Docker whose containers start 20 times a second; its clients are in another process. The
processor time of the daemon's process is divided by the messages that they got, so it includes all overhead. For a
resume, in which a Python client gets 1,000 missed events, the medians of 20 are shown.
"""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
from tests.fakes.docker import FakeDocker, docker_event

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.process import Running, daemon

STREAMS = ("system/stats", "docker/events", "storage/status")
CLIENTS = 100
EVENTS_PER_SECOND = 20
MISSED, PORTION = 1000, 100
ROUNDS = 20


def run(effort: Effort) -> Iterator[tuple[str, str]]:
    """Yield CPU of the daemon for the same messages to 100 clients of three streams and to 300 of one; then of
    resumes.
    """
    for how, is_several in (("300 clients, an address each", False), ("100 clients, three streams each", True)):
        used, messages, memory = asyncio.run(_measured(effort.seconds, is_several=is_several))
        yield f"CPU a message and client: {how}", f"{used / messages * 1e6:.0f} µs ({messages} messages)"
        yield f"RSS: {how}", f"{memory:.1f} MB"
    took, used = asyncio.run(_resumed(effort.times(ROUNDS)))
    yield f"resume of {MISSED} events: time to the last one", f"{took * 1e3:.1f} ms"
    yield f"resume of {MISSED} events: CPU", f"{used * 1e3:.1f} ms"


@asynccontextmanager
async def _busy() -> AsyncIterator[tuple[Running, FakeDocker]]:
    """Yield a daemon that follows a Docker in this process."""
    with tempfile.TemporaryDirectory(prefix="uma-bench-") as folder:
        async with FakeDocker(Path(folder) / "docker.sock") as docker:
            with daemon(array_of(8), docker.socket) as served:
                while not docker.streams:
                    await asyncio.sleep(0.05)
                yield served, docker


def _emit(docker: FakeDocker, count: int) -> None:
    docker.emit(*(docker_event("start", f"c{n}", at=time.time_ns(), name=f"container{n}") for n in range(count)))


async def _measured(seconds: int, *, is_several: bool) -> tuple[float, int, float]:
    """Return CPU seconds of the daemon, the messages that its clients got, and its memory."""
    async with _busy() as (served, docker):
        here, there = multiprocessing.Pipe()
        clients = multiprocessing.get_context("spawn").Process(
            target=_read, args=(served.port, seconds, there), kwargs={"is_several": is_several}
        )
        clients.start()
        if not await asyncio.to_thread(here.poll, 60) or here.recv() != "connected":
            raise RuntimeError("the clients did not connect")
        before = served.use
        for _ in range(seconds * EVENTS_PER_SECOND):
            _emit(docker, 1)
            await asyncio.sleep(1 / EVENTS_PER_SECOND)
        used = served.use.seconds_since(before)
        messages = await asyncio.to_thread(here.recv)
        memory = served.memory["Rss"]
        await asyncio.to_thread(clients.join)
        return used, messages, memory


def _read(port: int, seconds: int, pipe: Connection, *, is_several: bool) -> None:
    asyncio.run(_read_all(port, seconds, pipe, is_several=is_several))


async def _read_all(port: int, seconds: int, pipe: Connection, *, is_several: bool) -> None:
    counted = 0

    async def read(ws: aiohttp.ClientWebSocketResponse) -> None:
        nonlocal counted
        async for _ in ws:
            counted += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        sockets = []
        for path in [""] if is_several else [f"/{stream}" for stream in STREAMS]:
            for _ in range(CLIENTS):
                sockets.append(await session.ws_connect(f"http://127.0.0.1:{port}/api/v1/ws{path}", compress=0))
                for stream in STREAMS if is_several else ():
                    await sockets[-1].send_json({"action": "subscribe", "stream": stream})
        readers = [asyncio.ensure_future(read(ws)) for ws in sockets]
        await asyncio.sleep(2)  # the first messages are not the upkeep
        counted = 0
        pipe.send("connected")
        await asyncio.sleep(seconds)
        pipe.send(counted)
        for reader in readers:
            reader.cancel()


async def _resumed(rounds: int) -> tuple[float, float]:
    """Return the seconds until a returning client has all missed events, and the daemon's CPU seconds; medians."""
    async with _busy() as (served, docker), aiohttp.ClientSession() as session:
        taken, used = [], []
        address = f"http://127.0.0.1:{served.port}/api/v1/ws"
        async with session.ws_connect(address, compress=0) as ws:
            await ws.send_json({"action": "subscribe", "stream": "docker/events"})
            start = await ws.receive_json()
            # All at once could be more than a connection's queue holds: close code 1013.
            for last in range(PORTION, MISSED + 1, PORTION):
                _emit(docker, PORTION)
                while (await ws.receive_json())["seq"] < last:
                    pass
        for _ in range(rounds):
            before, began = served.use, time.perf_counter()
            async with session.ws_connect(address, compress=0) as ws:
                position = {"epoch": start["epoch"], "seq": 0}
                await ws.send_json({"action": "subscribe", "stream": "docker/events", **position})
                for _ in range(MISSED + 1):
                    await ws.receive()
                taken.append(time.perf_counter() - began)
            used.append(served.use.seconds_since(before))
        return statistics.median(taken), statistics.median(used)
