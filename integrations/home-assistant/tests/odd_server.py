"""A scripted server, for answers that a real daemon never gives."""

from collections.abc import Mapping
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

ID = "00112233445566778899aabbccddeeff"


class OddServer:
    """Server that answers each path from ``answers``: a status and a JSON value, or a text."""

    def __init__(self, answers: Mapping[str, tuple[int, Any]] | None = None) -> None:
        self.answers = dict(answers or {})
        self.tokens: list[str | None] = []
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers.get("Authorization"))
        status, body = self.answers.get(request.path, (404, {"detail": "there is none"}))
        if isinstance(body, str):
            return web.Response(status=status, text=body)
        media = "application/json" if status < 400 else "application/problem+json"
        return web.json_response(body, status=status, content_type=media)

    @property
    def address(self) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": self._server.port, "ssl": False, "verify_ssl": True}

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.close()


def introduction(
    server_id: Any = ID, *, name: str = "Odd", auth: str = "none", at: str = "2026-01-01T00:00:00Z"
) -> tuple[int, Any]:
    """Answer of ``server/info``."""
    return 200, {"timestamp": at, "data": {"id": server_id, "name": name, "version": "1", "auth": auth}}


def friendly(server_id: str = ID, **more: str) -> dict[str, tuple[int, Any]]:
    """Return the answers of a server that a flow accepts."""
    return {"/api/v1/server/info": introduction(server_id, **more), "/api/v1/health": (200, {})}
