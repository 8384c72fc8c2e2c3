"""Cost of a storage message of 30 disks to a broker, beside one to a WebSocket client.

The publisher and the address are the daemon's own code, in this process; broker and client are separate. 500 messages
are published, 4 ms apart, each with a difference that is sent at once; the processor time of as many pauses is
subtracted. On a server a broker gets at most four figures a minute.
"""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
from tests.integration.mosquitto import PROGRAM, Mosquitto
from tests.support.feeds import FEEDS, GUIDES, STORAGE

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from uma.config import Config
from uma.daemon.composition import App
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.status import status_from
from uma.host import Host
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.publisher import MqttPublisher
from uma.streams import Stream
from uma.web.server import listen, port_of, serving
from uma.web.state import AppState

MESSAGES = 500
PAUSE = 0.004
"""Seconds between two messages, so that each is sent before the next one replaces it."""


def run(effort: Effort) -> Iterator[tuple[str, str]]:
    """Yield CPU per message, each way and by itself."""
    yield from asyncio.run(_compare(effort.times(MESSAGES, quick=50)))


async def _compare(messages: int) -> list[tuple[str, str]]:
    status = status_from(parse_state(array_of(30).texts()), {})
    # Each has a difference that is sent at once.
    states = [replace(status, array_protection=word) for word in ("protected", "degraded")]
    with tempfile.TemporaryDirectory(prefix="uma-bench-") as folder:
        return await _figures(states, App(Config(), Host(Path(folder)), FEEDS), Path(folder), messages)


async def _figures(states: list[StorageStatus], parts: App, folder: Path, messages: int) -> list[tuple[str, str]]:
    streams = parts.streams
    alone = await _cpu(streams[STORAGE], states, messages)
    figures = [("encoded, for nobody", f"{alone:.0f} µs of CPU a message")]
    async with _client(parts.served):
        figures.append(("to one WebSocket client, encoded", f"{await _cpu(streams[STORAGE], states, messages):.0f} µs"))
    if not PROGRAM:
        return [*figures, ("to a broker", "there is no mosquitto on this machine")]
    async with _broker(parts.streams, folder):
        figures.append(("to a broker, encoded", f"{await _cpu(streams[STORAGE], states, messages):.0f} µs"))
    return figures


async def _cpu(stream: Stream, states: list[StorageStatus], messages: int) -> float:
    """Return µs of this process's CPU per message, without those of waiting for the next."""
    started = time.process_time()
    for _ in range(messages):
        await asyncio.sleep(PAUSE)
    waiting = time.process_time() - started
    started = time.process_time()
    for number in range(messages):
        stream.publish(states[number % 2])
        await asyncio.sleep(PAUSE)
    return (time.process_time() - started - waiting) / messages * 1e6


@asynccontextmanager
async def _client(served: AppState) -> AsyncIterator[None]:
    here, there = multiprocessing.Pipe()
    async with serving(served) as factory:
        server = await listen(factory, "127.0.0.1", 0)
        client = multiprocessing.get_context("spawn").Process(target=_read, args=(port_of(server), there))
        client.start()
        await asyncio.to_thread(here.recv)
        yield
        client.terminate()
        client.join()
        server.close()


def _read(port: int, pipe: Connection) -> None:
    async def read() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"http://127.0.0.1:{port}/api/v1/ws/{STORAGE}", compress=0) as ws,
        ):
            pipe.send("connected")
            async for _ in ws:
                pass

    asyncio.run(read())


@asynccontextmanager
async def _broker(streams: Mapping[str, Stream], folder: Path) -> AsyncIterator[None]:
    broker = Mosquitto(folder / "mosquitto").start()
    is_connected = asyncio.Event()
    publisher = MqttPublisher(
        feeds=GUIDES,
        streams=streams,
        intervals={},
        config=Config(mqtt_feeds=("stats", "storage", "events"), mqtt_host="127.0.0.1", mqtt_port=broker.port),
        host=Host(folder),
        nameplate=lambda: ServerIdentity("bench", None, "0" * 32),
    )
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(publisher.run(lambda _: None, lambda *_: is_connected.set()))
            await is_connected.wait()
            await asyncio.sleep(2)  # the entities are announced once
            yield
            task.cancel()
    finally:
        broker.kill()
