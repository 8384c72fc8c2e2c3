"""Fixtures for all unit tests that need a served application."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from tests.support.feeds import DOCKER, GUIDES, STORAGE, SYSTEM, context, encode
from tests.support.messages import event
from tests.support.web_server import Server
from uma.model import Message
from uma.model.health import SourceHealth
from uma.streams import Multiplex, Stream
from uma.web.pages import page_from
from uma.web.server import listen, serving
from uma.web.state import AppState


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    streams = {
        name: Stream(name, encode=encode, clock=time.time, capacity=3, recent=1000 if name == DOCKER else 1)
        for name in (SYSTEM, DOCKER, STORAGE)
    }
    paces: dict[float, Callable[[Message], None]] = {}
    sources = {feed.name: feed.source(context()) for feed in GUIDES}
    served = AppState(
        feeds=GUIDES,
        streams=streams,
        multiplex=Multiplex(
            streams,
            events={DOCKER},
            sampled={SYSTEM},
            begin=lambda _name, interval, publish: paces.__setitem__(interval, publish),
            end=lambda _name, interval: paces.pop(interval),
            capacity=3,
            backlog=20,
        ),
        source_of=sources.get,
        sources={"system": SourceHealth("ok", "sampling", 1_750_028_400.0)},
        pages={
            "index.html": page_from("index.html", b"<!doctype html>hello"),
            "fleet.html": page_from("fleet.html", b"<!doctype html>fleet"),
            "a/b.js": page_from("b.js", b"export {}"),
        },
        started_at=time.time(),
    )
    async with serving(served) as factory:
        listener = await listen(factory, "127.0.0.1", 0)
        pinging = asyncio.get_running_loop().create_task(served.clients.ping_the_silent())
        server = Server(served, listener.sockets[0].getsockname()[1], paces, sources)
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
    """A request for a thousand events: a megabyte, which no connection takes at once."""
    for number in range(1000):
        server.docker.publish(event(number, name="x" * 1000))
    return b"GET /api/v1/docker/events?limit=1000 HTTP/1.1\r\nHost: tower\r\n\r\n"
