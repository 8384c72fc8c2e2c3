"""From Docker's own timestamp to the client, beside the docker CLI reading the same events of the same dockerd."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
from tests.integration.dockerd import Dockerd

from benchmarks.arrays import array_of
from benchmarks.process import daemon

CLIENTS = (1, 100)
RATE = 50
EVENTS = 500


def run(_: int) -> Iterator[tuple[str, str]]:
    """p50 and p99 for 1 and 100 clients at 50 events a second."""
    dockerd = Dockerd()
    try:
        dockerd.start()
        with daemon(array_of(8), dockerd.socket) as served:
            for clients in CLIENTS:
                ours, cli = asyncio.run(_measure(dockerd, served.port, clients))
                for quantile in (50, 99):
                    mine, theirs = _quantile(ours, quantile), _quantile(cli, quantile)
                    yield (
                        f"{clients} clients, {RATE} events/s: p{quantile} to the last client, docker CLI, ratio",
                        f"{mine:.1f} ms, {theirs:.1f} ms, {mine / theirs:.2f}",
                    )
    finally:
        dockerd.end()


async def _measure(dockerd: Dockerd, port: int, clients: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each event's time to its last client, and to the CLI."""
    ours: dict[int, float] = {}
    cli: dict[int, float] = {}
    command = ["docker", "-H", f"unix://{dockerd.socket}", "events", "--format", "{{json .}}"]
    printing = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, limit=2**20)

    async def read_cli(stdout: asyncio.StreamReader) -> None:
        async for line in stdout:
            now = time.time_ns()
            event = json.loads(line)
            cli[event["timeNano"]] = (now - event["timeNano"]) / 1e6

    async def read_ours(ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            now = time.time_ns()
            nano = json.loads(message.data)["data"]["time_nano"]
            ours[nano] = max(ours.get(nano, 0.0), (now - nano) / 1e6)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        url = f"http://127.0.0.1:{port}/api/v1/ws/docker/events"
        sockets = [await session.ws_connect(url, compress=0) for _ in range(clients)]
        readers = [
            asyncio.ensure_future(read_cli(printing.stdout)),
            *(asyncio.ensure_future(read_ours(ws)) for ws in sockets),
        ]
        await asyncio.sleep(1)
        await _make_events(dockerd.socket)
        await asyncio.sleep(1)
        for reader in readers:
            reader.cancel()
    printing.kill()
    await printing.wait()
    common = sorted(ours.keys() & cli.keys())
    if len(common) < EVENTS:
        raise RuntimeError(f"{EVENTS} events made, {len(ours)} had by clients, {len(cli)} by the CLI")
    return [ours[nano] for nano in common], [cli[nano] for nano in common]


async def _make_events(socket: Path) -> None:
    """Rename a container over and over: one event each, and nothing else to do for dockerd."""
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session:
        async with session.post(
            "http://docker/containers/create", json={"Image": "busybox:test", "Cmd": ["true"]}
        ) as answer:
            container = (await answer.json())["Id"]
        started = time.monotonic()
        for number in range(EVENTS):
            await asyncio.sleep(max(0.0, started + number / RATE - time.monotonic()))
            async with session.post(f"http://docker/containers/{container}/rename?name=bench{number}") as answer:
                await answer.read()
        async with session.delete(f"http://docker/containers/{container}") as answer:
            await answer.read()


def _quantile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
