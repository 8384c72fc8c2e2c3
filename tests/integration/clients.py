"""Many WebSocket clients in one process, which listen in parallel."""

import asyncio
import json
import urllib.error
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType, WSServerHandshakeError

from tests.schemas import violations

from .daemon import STREAMS, Daemon

STREAM_SCHEMAS = dict(zip(STREAMS, ("StatsMessage", "DockerEventMessage", "StorageStatusMessage"), strict=True))
"""Message type of each stream, by the published schemas' names."""


class Listener:
    """Client that reads everything; ``close_code`` is the daemon's once it has closed."""

    def __init__(self, stream: str, ws: ClientWebSocketResponse) -> None:
        self.stream = stream
        self.frames: list[str] = []
        self.close_code: int | None = None
        self._ws = ws

    async def listen(self) -> None:
        """Read until the connection is closed by either side."""
        async for message in self._ws:
            assert message.type is WSMsgType.TEXT
            self.frames.append(message.data)
        self.close_code = self._ws.close_code

    async def leave(self) -> None:
        """Close the connection."""
        await self._ws.close()


class Crowd:
    """The clients of one daemon. Leaving the block that made it closes them all."""

    def __init__(self, daemon: Daemon, session: ClientSession, tasks: asyncio.TaskGroup) -> None:
        self.listeners: list[Listener] = []
        self._daemon = daemon
        self._session = session
        self._tasks = tasks

    async def join(self, stream: str) -> Listener:
        """One more client of *stream*. Raises WSServerHandshakeError when it is refused."""
        ws = await self._session.ws_connect(self._daemon.stream_url(stream), max_msg_size=0)
        listener = Listener(stream, ws)
        self.listeners.append(listener)
        self._tasks.create_task(listener.listen(), name=f"listener of {stream}")
        return listener

    async def dismiss(self, listener: Listener) -> None:
        """Make a client leave."""
        self.listeners.remove(listener)
        await listener.leave()

    async def fill(self, stream: str, count: int) -> list[Listener]:
        """*count* more clients of *stream*."""
        return [await self.join(stream) for _ in range(count)]

    async def refused(self, stream: str) -> WSServerHandshakeError:
        """Return the refusal of one more client of *stream*."""
        try:
            await self.join(stream)
        except WSServerHandshakeError as refusal:
            return refusal
        raise AssertionError(f"one more client of {stream} was let in")

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body of a GET."""
        async with self._session.get(f"http://{self._daemon.server}{path}") as response:
            return response.status, await response.text()


def faults_in_what_is_served(daemon: Daemon) -> list[str]:
    """Return the places where the newest messages and the kept events of *daemon* break their schemas."""
    faults: list[str] = []
    for stream, schema in STREAM_SCHEMAS.items():
        try:
            body = daemon.get(f"/api/v1/{stream}")
        except urllib.error.URLError:
            continue
        faults += violations(schema, body, of_each=isinstance(body, list))
    return faults


@asynccontextmanager
async def crowd(daemon: Daemon) -> AsyncIterator[Crowd]:
    """Clients of *daemon*, none at first."""
    async with ClientSession(connector=TCPConnector(limit=0)) as session, asyncio.TaskGroup() as tasks:
        people = Crowd(daemon, session, tasks)
        try:
            yield people
        finally:
            for listener in people.listeners:
                await listener.leave()
        # In every test, the clients' messages match the published schemas.
        for stream, frame in {(listener.stream, frame) for listener in people.listeners for frame in listener.frames}:
            assert violations(STREAM_SCHEMAS[stream], json.loads(frame)) == [], frame
