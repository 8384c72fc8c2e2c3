"""A server with a scripted WebSocket, for behaviour that is rare in a real daemon."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer
from odd_server import ID, introduction
from pytest_homeassistant_custom_component.common import MockConfigEntry

INFO = {"id": ID, "name": "Tower", "version": "1", "feeds": ["server/info", "system/stats", "docker/events"]}
STATS = {"cpu_percent": 5.0, "memory_percent": 5.0, "memory_used": 1, "load_average": [0, 0, 0]}


class Script:
    """Server for a flow and a start; ``behaviour`` handles each WebSocket."""

    def __init__(self) -> None:
        self.behaviour: Callable[[Script, web.WebSocketResponse], Awaitable[None]] | None = None
        self.commands: list[dict[str, Any]] = []
        self.server_id = ID
        self.refuses_token = False
        self._serving: set[asyncio.Task[Any]] = set()
        app = web.Application()
        app.router.add_get("/api/v1/ws", self._serve)
        app.router.add_get("/api/v1/health", self._health)
        app.router.add_get("/api/v1/server/info", self._info)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        self.entry = MockConfigEntry(
            domain="uma", title="Tower", unique_id=ID, options={"interval": 5},
            data={"host": "127.0.0.1", "port": self._server.port, "ssl": False, "verify_ssl": True},
        )  # fmt: skip
        return self

    async def __aexit__(self, *error: object) -> None:
        # Otherwise the server would wait for them to end.
        for task in self._serving:
            task.cancel()
        await self._server.close()

    async def take(self, socket: web.WebSocketResponse) -> dict[str, Any]:
        """The next command."""
        command: dict[str, Any] = await socket.receive_json()
        self.commands.append(command)
        return command

    async def take_all(self, socket: web.WebSocketResponse) -> None:
        """Take commands until the client has gone."""
        async for frame in socket:
            self.commands.append(frame.json())

    async def send(self, socket: web.WebSocketResponse, stream: str, data: dict[str, Any], seq: int = 1) -> None:
        """Send a message of *stream*."""
        message = {"type": "x", "data": data}
        await socket.send_json({"type": "message", "stream": stream, "epoch": "e", "seq": seq, "message": message})

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self.refuses_token:
            return web.json_response({"detail": "token"}, status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        task = asyncio.current_task()
        assert task is not None
        assert self.behaviour is not None
        self._serving.add(task)
        try:
            await self.behaviour(self, socket)
        finally:
            self._serving.discard(task)
        return socket

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({})

    async def _info(self, request: web.Request) -> web.Response:
        return web.json_response(introduction(self.server_id)[1])
