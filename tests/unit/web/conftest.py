"""A served application on a real socket, with streams that the test publishes to."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest

from uma.model import DockerEvent, Message, SystemStats
from uma.model.health import SourceHealth
from uma.model.system import DiskIO, NetworkIO
from uma.streams import History, Multiplex, Stream
from uma.web.guard import HeadGuard
from uma.web.pages import page_from
from uma.web.served import DOCKER, STORAGE, SYSTEM, Served
from uma.web.server import listen, serving
from uma.wire.envelope import encode

from .raw import Connection, connect, upgrade_head


def stats(cpu_percent: float = 15.2) -> SystemStats:
    return SystemStats(
        cpu_percent=cpu_percent,
        memory_percent=45.8,
        memory_used=7868518236,
        memory_total=17179869184,
        uptime=86400,
        load_average=(0.5, 0.7, 0.9),
        disk_io=DiskIO(read_bytes=1048576, write_bytes=2097152, read_bytes_per_sec=0, write_bytes_per_sec=0),
        network_io=NetworkIO(bytes_sent=1048576, bytes_recv=2097152, bytes_sent_per_sec=0, bytes_recv_per_sec=0),
        cpu_cores=(15.2,) * 8,
        cpu_temperature=41.0,
    )


def event(seq: int = 1, name: str = "plex") -> DockerEvent:
    return DockerEvent(
        action="start",
        container_id="abc123def456",
        container_name=name,
        image="plexinc/pms-docker:latest",
        status="running",
        attributes={"exitCode": "0", "signal": ""},
        container_id_full="abc123def456" + "0" * 52,
        time_nano=1_750_028_400_000_000_000 + seq,
        seq=seq,
    )


@dataclass
class Server:
    served: Served
    port: int
    paces: dict[float, Callable[[Message], None]]
    clients: list[Connection] = field(default_factory=list)

    async def connect(self, **options) -> Connection:
        """A connection that ends with the test."""
        self.clients.append(await connect(self.port, **options))
        return self.clients[-1]

    async def upgrade(self, path: str = "/api/v1/ws/system/stats", **headers: str) -> Connection:
        """A connection that has become a WebSocket."""
        client = await self.connect()
        client.send(upgrade_head(path, **headers))
        status, _ = await client.head()
        assert status == 101
        return client

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def system(self) -> Stream:
        return self.served.streams[SYSTEM]

    @property
    def docker(self) -> Stream:
        return self.served.streams[DOCKER]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    streams = {
        name: Stream(name, encode=encode, clock=time.time, capacity=3, recent=1000 if name == DOCKER else 1)
        for name in (SYSTEM, DOCKER, STORAGE)
    }
    paces: dict[float, Callable[[Message], None]] = {}
    served = Served(
        streams=streams,
        multiplex=Multiplex(
            streams, events={DOCKER}, sampled=SYSTEM, begin=paces.__setitem__, end=paces.pop, capacity=3, backlog=20
        ),
        history=History(720),
        sources={"system": SourceHealth("ok", "sampling", 1_750_028_400.0)},
        pages={
            "index.html": page_from("index.html", b"<!doctype html>hello"),
            "a/b.js": page_from("b.js", b"export {}"),
        },
        started_at=time.time(),
    )
    async with serving(served) as factory:
        listener = await listen(factory, "127.0.0.1", 0)
        pinging = asyncio.get_running_loop().create_task(served.clients.ping_the_silent())
        server = Server(served, listener.sockets[0].getsockname()[1], paces)
        yield server
        for client in server.clients:
            client.writer.transport.abort()
        pinging.cancel()
        listener.close()
        for stream in streams.values():
            stream.close()
        served.multiplex.close()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A real HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def long_request(server: Server) -> bytes:
    """Asks for an answer of a megabyte, which no connection takes at once: a thousand events."""
    for number in range(1000):
        server.docker.publish(event(number, name="x" * 1000))
    return b"GET /api/v1/docker/events?limit=1000 HTTP/1.1\r\nHost: tower\r\n\r\n"


def open_guards() -> list[HeadGuard]:
    """The server's side of every open connection."""
    return [each for each in gc.get_objects() if isinstance(each, HeadGuard) and each._is_open]
