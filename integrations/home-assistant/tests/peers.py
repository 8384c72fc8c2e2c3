"""Helpers of the tests: configurations, waits for states, and a scripted server."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode, web
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from tests.integration.daemon import free_port

EXAMPLES = Path(__file__).parents[1] / "examples"
HOST = "your-unraid-ip:34600"


def example(name: str, server: str) -> dict[str, Any]:
    """Return the configuration in a file of examples/; only the host is replaced."""
    return parse_yaml((EXAMPLES / name).read_text().replace(HOST, server))


async def set_up(hass: HomeAssistant, configuration: dict[str, Any]) -> None:
    """Have Home Assistant set up *configuration*, as at its start."""
    for component in configuration:
        assert await async_setup_component(hass, component, configuration)
    await hass.async_block_till_done()


async def until(predicate: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Return the result of *predicate* once it is true. Fails after *seconds*."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (value := predicate()):
        assert asyncio.get_running_loop().time() < deadline, "it did not come true"
        await asyncio.sleep(0.02)
    return value


async def until_state(
    hass: HomeAssistant, entity: str, wanted: str | Callable[[str], bool], seconds: float = 15.0
) -> Any:
    """Return the state of *entity* once it is *wanted*."""

    def is_wanted(state: str) -> bool:
        return wanted(state) if callable(wanted) else state == wanted

    def found() -> Any:
        state = hass.states.get(entity)
        return state if state is not None and is_wanted(state.state) else None

    try:
        return await until(found, seconds)
    except AssertionError:
        raise AssertionError(f"{entity} did not become {wanted} but is {hass.states.get(entity)}") from None


def is_number(state: str) -> bool:
    """Return True if a state is a number, and so neither unknown nor unavailable."""
    try:
        float(state)
    except ValueError:
        return False
    return True


class Server:
    """A WebSocket server at 127.0.0.1 that sends a test's messages to all clients."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.port = free_port()
        self.clients: list[web.WebSocketResponse] = []
        self.requests: list[float] = []
        self.headers: list[dict[str, str]] = []
        self.closed: list[int | None] = []
        self.answers_pings = True
        self.drops_everybody = False
        self.refuses_with: int | None = None
        self.first_words: str | None = None
        self._tls = tls
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"ws{'s' if self._tls else ''}://127.0.0.1:{self.port}/stream"

    async def start(self) -> "Server":
        """Listen."""
        app = web.Application()
        app.router.add_get("/stream", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls).start()
        return self

    async def stop(self) -> None:
        """Close all connections and the port."""
        for client in tuple(self.clients):
            await client.close(code=WSCloseCode.GOING_AWAY)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def send(self, text: str) -> None:
        """Send a text frame to all."""
        for client in self.clients:
            await client.send_str(text)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame to all."""
        for client in self.clients:
            await client.send_bytes(data)

    async def until_clients(self, count: int) -> None:
        """Wait until *count* are connected."""
        await until(lambda: len(self.clients) == count)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(asyncio.get_running_loop().time())
        self.headers.append(dict(request.headers))
        if self.refuses_with is not None:
            return web.Response(status=self.refuses_with)
        socket = web.WebSocketResponse(autoping=self.answers_pings)
        await socket.prepare(request)
        if self.drops_everybody:
            await socket.close()
            return socket
        self.clients.append(socket)
        try:
            if self.first_words is not None:
                await socket.send_str(self.first_words)
            async for _ in socket:
                pass
        finally:
            self.clients.remove(socket)
            self.closed.append(socket.close_code)
        return socket
