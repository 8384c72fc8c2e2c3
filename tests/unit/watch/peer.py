"""A WebSocket server that follows a script, one entry per connection."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Peer:
    """*script*: an HTTP status to refuse with, or messages to send and a close code (0: cut the connection)."""

    script: Sequence[int | tuple[Sequence[str | bytes], int]]
    url: str = ""
    requests: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Return the next entry of the script; the last one again at its end."""
        step = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(request)
        if isinstance(step, int):
            return web.Response(status=step, headers={"Retry-After": "1"})
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        messages, code = step
        for message in messages:
            await (ws.send_str(message) if isinstance(message, str) else ws.send_bytes(message))
        if code:
            await ws.close(code=code)
        elif request.transport is not None:
            request.transport.abort()
        return ws


@asynccontextmanager
async def peer(*script: int | tuple[Sequence[str | bytes], int]) -> AsyncIterator[Peer]:
    """A peer that follows *script*, at its ``url``."""
    it = Peer(script)
    app = web.Application()
    app.router.add_get("/api/v1/ws/docker/events", it.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    it.url = f"ws://127.0.0.1:{port}/api/v1/ws/docker/events"
    yield it
    await runner.cleanup()
