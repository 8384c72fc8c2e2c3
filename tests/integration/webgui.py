"""Stand-in for the webGUI around the dashboard: a page with its colours and rules, nchan's channels, and the relay.

The channels open even without a daemon and begin with the newest frame ever posted, like nchan's.
"""

import asyncio
import json
import threading
from collections.abc import Coroutine
from typing import Any

import aiohttp
from aiohttp import web

from .programs import CHECKOUT

CHANNELS = {"uma_stats": "system/stats", "uma_docker": "docker/events", "uma_storage": "storage/status"}

COLOURS = {
    "white": {"background-color": "#f2f2f2", "mild-background-color": "#f7f9f9", "text-color": "#1d1b1b"},
    "black": {"background-color": "#1d1b1b", "mild-background-color": "#262626", "text-color": "#f2f2f2"},
    "gray": {"background-color": "#1d1b1b", "mild-background-color": "#121510", "text-color": "#606e7f"},
    "azure": {"background-color": "#e8e8e8", "mild-background-color": "#edeaef", "text-color": "#606e7f"},
}
"""Variables of each theme's webGUI from 7.1 on; before, they are only in its rules."""

RULES = """
html { font-size: 62.5%; font-family: sans-serif }
body { margin: 0; font-size: 1.3rem }
p { text-align: justify; margin: 1em 0 }
table { margin: -30px 0 0; width: 50%; background-color: red; border-style: hidden }
table tbody td { height: 90px; line-height: 90px; white-space: nowrap; color: red }
table tbody tr:nth-child(even) { background-color: red }
input[type=search], input[type=text], input[type=password] { border: none; width: 500px; font-size: 30px; color: red }
button, button[type=button] { text-transform: uppercase; letter-spacing: 9px; min-width: 500px; margin: 50px }
button:hover[type=button] { border: 9px solid red; color: red }
dl { margin: 50px } dt { float: left; width: 500px; color: red } dd { margin-left: 500px; color: red }
h2, h3 { font-size: 50px; color: red } ol { margin: 0 0 0 90px; list-style: square } li { margin: 30px }
i, time, small, b { color: red; font-size: 40px }
header, section, article, main { margin: 90px; padding: 90px; background: red }
"""
"""Rules for elements as the webGUI's stylesheets have them, made glaring."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tower/Uma</title><link rel="icon" href="data:,"><style>{style}</style>
<link rel="stylesheet" href="/plugins/uma/dashboard/dashboard.css">
<script type="module" src="/plugins/uma/dashboard/uma-dashboard.js"></script></head>
<body><div class="title">Overview</div>
<uma-dashboard embedded transport="nchan" display='{display}'></uma-dashboard></body>
</html>"""


def style_of(theme: str, has_variables: bool) -> str:
    """The stylesheet of *theme*, with variables as newer versions have them or without."""
    colours = COLOURS[theme]
    variables = "".join(f"--{name}: {value};" for name, value in colours.items()) if has_variables else ""
    body = f"body {{ background: {colours['background-color']}; color: {colours['text-color']} }}"
    return f":root {{ {variables} }} {RULES} {body}"


class Webgui:
    """A server on a free port of 127.0.0.1, in a thread of its own, before the daemon at *daemon* (``host:port``)."""

    def __init__(self, daemon: str) -> None:
        self._daemon = daemon
        self._posted: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="webgui", daemon=True)
        self._thread.start()
        self.is_signed_in = True
        self.origin = self._do(self._start())

    def url(self, *, theme: str = "white", has_variables: bool = True, **display: object) -> str:
        """Return the page's address in *theme*, with *display* settings."""
        query = {"theme": theme, "variables": int(has_variables), "display": json.dumps({"theme": theme, **display})}
        return f"{self.origin}/Uma?{'&'.join(f'{name}={value}' for name, value in query.items())}"

    def close(self) -> None:
        """End it with all connections."""
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _start(self) -> str:
        self._session = aiohttp.ClientSession()
        self._browsers: dict[web.WebSocketResponse, list[str]] = {}
        app = web.Application()
        app.add_routes(
            [
                web.get("/Uma", self._page),
                web.get("/login", self._login),
                web.get("/plugins/uma/include/relay.php", self._relay),
                web.get("/sub/{channels}", self._subscribe),
                web.static("/plugins/uma/dashboard", CHECKOUT / "emhttp/dashboard"),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._posting = [asyncio.ensure_future(self._post(channel)) for channel in CHANNELS]
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        for posting in self._posting:
            posting.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        await self._runner.cleanup()
        await self._session.close()

    async def _post(self, channel: str) -> None:
        """Take the daemon's frames and pass them on, as its posts to nginx are."""
        while True:
            try:
                async with self._session.ws_connect(f"http://{self._daemon}/api/v1/ws/{CHANNELS[channel]}") as frames:
                    async for frame in frames:
                        self._posted[channel] = frame.data
                        for browser in [browser for browser, names in self._browsers.items() if channel in names]:
                            await browser.send_str(frame.data)
            except (aiohttp.ClientError, ConnectionError):
                pass
            await asyncio.sleep(0.2)

    async def _subscribe(self, request: web.Request) -> web.WebSocketResponse:
        browser = web.WebSocketResponse()
        await browser.prepare(request)
        channels = request.match_info["channels"].split(",")
        for channel in channels:
            if channel in self._posted:
                await browser.send_str(self._posted[channel])
        self._browsers[browser] = channels
        async for _ in browser:
            pass
        del self._browsers[browser]
        return browser

    async def _relay(self, request: web.Request) -> web.Response:
        if not self.is_signed_in:
            raise web.HTTPFound("/login")
        try:
            query = dict(request.query)
            path = query.pop("path")
            async with self._session.get(f"http://{self._daemon}/api/v1/{path}", params=query) as answer:
                body = await answer.read()
                if path == "health":
                    # The daemon has no nginx here: this is what it says where it has one.
                    health = json.loads(body)
                    health["sources"]["webgui"] |= {"status": "ok", "detail": "posting to the webGUI's channels"}
                    body = json.dumps(health).encode()
                return web.json_response(body=body, status=answer.status)
        except (aiohttp.ClientError, ConnectionError):
            return web.json_response({"title": "Bad Gateway", "status": 502, "detail": ""}, status=502)

    async def _page(self, request: web.Request) -> web.Response:
        style = style_of(request.query["theme"], request.query["variables"] == "1")
        page = PAGE.format(style=style, display=request.query["display"].replace("'", "&#39;"))
        return web.Response(text=page, content_type="text/html")

    async def _login(self, _request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Login</title>", content_type="text/html")
