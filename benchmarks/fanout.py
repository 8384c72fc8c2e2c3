"""What 300 clients cost, 100 on each address, each getting every message."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import aiohttp

from benchmarks.arrays import array_of
from benchmarks.process import daemon

ADDRESSES = ("system/stats", "docker/events", "storage/status")


def run(seconds: int) -> Iterator[tuple[str, str]]:
    """CPU and memory of the daemon while 300 clients of another process read for *seconds*."""
    with daemon(array_of(8)) as served:
        here, there = multiprocessing.Pipe()
        clients = multiprocessing.get_context("spawn").Process(target=_read, args=(served.port, seconds, there))
        clients.start()
        if not here.poll(60) or here.recv() != "connected":
            raise RuntimeError("300 clients did not connect")
        cpu = served.cpu_seconds
        time.sleep(seconds)
        used = served.cpu_seconds - cpu
        memory = served.memory
        messages = here.recv()
        clients.join()
        yield "CPU an hour with 300 clients", f"{used * 3600 / seconds:.1f} s"
        yield "CPU a message and client, upkeep included", f"{used / messages * 1e6:.0f} µs ({messages} messages)"
        yield "RSS with 300 clients", f"{memory['Rss']:.1f} MB"


def _read(port: int, seconds: int, pipe: Connection) -> None:
    asyncio.run(_read_all(port, seconds, pipe))


async def _read_all(port: int, seconds: int, pipe: Connection) -> None:
    counted = 0

    async def read(ws: aiohttp.ClientWebSocketResponse) -> None:
        nonlocal counted
        async for _ in ws:
            counted += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        sockets = [
            await session.ws_connect(f"http://127.0.0.1:{port}/api/v1/ws/{address}", compress=0)
            for address in ADDRESSES
            for _ in range(100)
        ]
        readers = [asyncio.ensure_future(read(ws)) for ws in sockets]
        await asyncio.sleep(2)  # the first messages are not the upkeep
        counted = 0
        pipe.send("connected")
        await asyncio.sleep(seconds)
        pipe.send(counted)
        for reader in readers:
            reader.cancel()
