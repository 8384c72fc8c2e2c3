"""A Docker Engine API on a unix socket that replays recordings and misbehaves on command.

For behaviour that a real dockerd can't be made to show; everything else is tested with a real one.
"""

import asyncio
import json
import re
import socket
from pathlib import Path
from typing import Any

from aiohttp import web

GARBAGE = "garbage"
"""200 and truncated JSON."""
ODD = "odd"
"""200 and JSON of an invalid shape."""
ERROR = "error"
"""500 and Docker's error object."""
SILENCE = "silence"
"""No answer at all."""
CUT = "cut"
"""200 and a body that is cut off by the end of the connection."""

ENDLESS = "endless"
"""200 and an endless body."""

DAEMON_STREAMS = 2
"""Followers of a whole daemon: one for its events, one for its containers."""

RECORDINGS = Path(__file__).parents[1] / "fixtures/docker"


def recording(name: str) -> list[dict[str, Any]]:
    """The events of a recorded stream."""
    return [json.loads(line) for line in (RECORDINGS / name).read_text().splitlines()]


def docker_event(action: str, container: str = "c1", /, *, at: int, **attributes: str) -> dict[str, Any]:
    """One event as Docker 29 (API 1.52) writes it; *at* is its timeNano."""
    return {
        "Type": "container",
        "Action": action,
        "Actor": {
            "ID": (container * 32)[:64],
            "Attributes": {"image": "busybox:test", "name": container, **attributes},
        },
        "scope": "local",
        "time": at // 1_000_000_000,
        "timeNano": at,
    }


class FakeDocker:
    """The Docker behind *socket*. Its attributes may be changed at any time."""

    def __init__(self, socket: Path, *, version: str = "28.2.2", api: str = "1.50", minimum_api: str = "1.24") -> None:
        self.socket = socket
        self.version = version
        self.api = api
        self.minimum_api = minimum_api
        self.states: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.operations: list[tuple[str, str]] = []
        self.busy = 0
        self.busiest = 0
        self.labels: dict[str, str] = {}
        self.inspected: dict[str, Any] = {}
        self.images: dict[str, Any] = {}
        self.remembered: list[dict[str, Any]] = []
        self.faults: dict[str, str] = {}
        self.requests: list[str] = []
        self.asked_since: list[str] = []
        self.asked_filters: list[dict[str, Any]] = []
        self._streams: set[asyncio.Queue[bytes | None]] = set()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "FakeDocker":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        app.router.add_post("/containers/{id}/{operation}", self._operate)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self.socket)).start()

    async def stop(self, *, leave_socket: bool = False) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            if not leave_socket:
                self.socket.unlink(missing_ok=True)
            elif not self.socket.exists():
                # From Python 3.13 on asyncio removes it.
                with socket.socket(socket.AF_UNIX) as left:
                    left.bind(str(self.socket))

    @property
    def streams(self) -> int:
        """Return the number of clients that follow the events now."""
        return len(self._streams)

    def emit(self, *events: dict[str, Any]) -> None:
        """Record events and send them to all followers."""
        self.remembered += events
        self.send(b"".join(_line(event) for event in events))

    def send(self, raw: bytes) -> None:
        """Put bytes into every open stream."""
        for stream in self._streams:
            stream.put_nowait(raw)

    def end_streams(self) -> None:
        """End every open stream properly."""
        for stream in self._streams:
            stream.put_nowait(None)

    def cut_streams(self, last: bytes = b"") -> None:
        """Cut every open stream off after the bytes *last*."""
        for stream in self._streams:
            stream.put_nowait(last)
            stream.put_nowait(CUT.encode())

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request.path)
        versioned = re.fullmatch(r"/v(\d+)\.(\d+)/(.*)", request.path)
        if versioned and _order(request.path.split("/")[1][1:]) < _order(self.minimum_api):
            asked = request.path.split("/")[1][1:]
            message = f"client version {asked} is too old. Minimum supported API version is {self.minimum_api}"
            return web.json_response({"message": message}, status=400)
        path = versioned[3] if versioned else request.path.removeprefix("/")
        match self.faults.get(path):
            case "garbage":
                return web.Response(text='{"Version": "28\n', content_type="application/json")
            case "odd":
                return web.Response(text='[["not", "expected"], 42]\n', content_type="application/json")
            case "error":
                return web.json_response({"message": "out of\n  paper"}, status=500)
            case "silence":
                await asyncio.Event().wait()
            case "cut":
                return await _cut_off(request)
            case "endless":
                return await _never_end(request)
        if (container := re.fullmatch(r"containers/([^/]+)/json", path)) and container[1] in self.inspected:
            return web.json_response(self.inspected[container[1]])
        if (image := re.fullmatch(r"images/([^/]+)/json", path)) and image[1] in self.images:
            return web.json_response(self.images[image[1]])
        match path:
            case "version":
                return web.json_response({"Version": self.version, "ApiVersion": self.api})
            case "_ping":
                return web.Response(text="OK")
            case "containers/json" if request.query.get("all") in {"1", "true"}:
                return web.json_response(
                    [
                        {
                            "Id": key,
                            "State": state,
                            "Names": [f"/{self.names[key]}"] if key in self.names else [],
                            "Labels": self.labels,
                        }
                        for key, state in self.states.items()
                    ]
                )
            case "events":
                return await self._stream(request)
        return web.json_response({"message": "page not found"}, status=404)

    async def _operate(self, request: web.Request) -> web.StreamResponse:
        """Start, stop or restart a container, each at a moment of its own; ``faults`` by whole id or operation."""
        container, operation = request.match_info["id"], request.match_info["operation"]
        self.operations.append((operation, container))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(0.01)
            match self.faults.get(container, self.faults.get(operation)):
                case "error":
                    return web.json_response(
                        {"message": "driver failed\nprogramming external connectivity"}, status=500
                    )
                case "silence":
                    await asyncio.Event().wait()
                case "cut":
                    request.transport.close()
            if container not in self.states:
                return web.json_response({"message": f"No such container: {container}"}, status=404)
            if operation in {"pause", "unpause"}:
                before, after = ("running", "paused") if operation == "pause" else ("paused", "running")
                if self.states[container] != before:
                    return web.json_response({"message": "it can't be done now"}, status=409)
                self.states[container] = after
                return web.Response(status=204)
            wanted = "exited" if operation == "stop" else "running"
            if operation != "restart" and self.states[container] == wanted:
                return web.Response(status=304)
            self.states[container] = wanted
            return web.Response(status=204)
        finally:
            self.busy -= 1

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        since = request.query["since"]
        self.asked_since.append(since)
        self.asked_filters.append(json.loads(request.query.get("filters", "{}")))
        seconds, _, nanoseconds = since.partition(".")
        since_nano = int(seconds) * 1_000_000_000 + int(nanoseconds.ljust(9, "0"))
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        stream: asyncio.Queue[bytes | None] = asyncio.Queue()
        for event in self.remembered[-256:]:
            if event.get("timeNano", since_nano) >= since_nano:
                stream.put_nowait(_line(event))
        self._streams.add(stream)
        try:
            while (raw := await stream.get()) is not None:
                if raw == CUT.encode():
                    request.transport.close()
                    break
                await response.write(raw)
        finally:
            self._streams.discard(stream)
        return response


async def _cut_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"Version": "28')
    request.transport.close()
    return response


async def _never_end(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b"[")
    while True:
        await response.write(b'{"Id":"0"},' * 10_000)


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
