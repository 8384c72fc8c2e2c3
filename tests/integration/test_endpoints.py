"""Every address of a real daemon: its answer matches the schemas and docs/endpoints.md."""

import asyncio
import http.client
import json
import re
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.endpoints_page import Answer, Found, page, settled, settled_frame, settled_health, settled_history
from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.schemas import DOCS, frame_violations, violations
from tests.supervised import until as becomes_true

from .clients import STREAM_SCHEMAS, crowd
from .daemon import STREAMS, Daemon
from .programs import until

PAGE = DOCS / "endpoints.md"

ANSWERS = {
    "/api/v1/system/stats": "StatsMessage",
    "/api/v1/system/stats/history": "SystemHistory",
    "/api/v1/storage/status": "StorageStatusMessage",
    "/api/v1/storage/smart": "DriveSmart",
    "/api/v1/server/findings": "Finding",
    "/api/v1/docker/events": "DockerEventMessage",
    "/api/v1/health": "Health",
}
"""The schema of each address; of an array's, that of its items."""

BULK = "/api/v1/docker/containers/bulk/{operation}"
TOKEN = "a token"

SERVER = "tower:34600"


@pytest.fixture
async def busy(make_daemon: Callable[..., Daemon], tmp_path: Path) -> AsyncIterator[tuple[Daemon, FakeDocker]]:
    """A daemon with data at every address, and its Docker."""
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = make_daemon(docker_socket=docker.socket).optimised()
        await asyncio.to_thread(daemon.start)
        await becomes_true(lambda: docker.streams == DAEMON_STREAMS)
        yield daemon, docker
        await asyncio.to_thread(daemon.stop)


def emit(docker: FakeDocker) -> None:
    """A container that starts, at the time of the page's example."""
    docker.states["5c" * 32] = "running"
    docker.emit(
        docker_event("start", "5c", at=1_750_028_400_123_456_789, name="plex", image="plexinc/pms-docker:latest")
    )


def ask(
    daemon: Daemon, path: str, *, method: str = "GET", body: str | None = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON at *path*."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response.status, dict(response.headers), json.loads(response.read())
    finally:
        connection.close()


def refused(daemon: Daemon, command: str, path: str, *, method: str = "GET", **headers: str) -> Answer:
    """The error that a request gets, with the headers that a client acts on."""
    status, found, body = ask(daemon, path, method=method, **headers)
    assert found["Content-Type"] == "application/problem+json"
    assert violations("Problem", body) == []
    kept = {name: found[name] for name in ("Allow", "Upgrade", "Retry-After", "WWW-Authenticate") if name in found}
    return Answer(command, status, kept, body)


def bulk_answer(daemon: Daemon) -> Answer:
    """Return the result for two containers, of which one exists."""
    # Behind the fences this needs a start.
    daemon.stop()
    daemon.configure(CONTROL="yes", TOKEN_SHA256=sha256(TOKEN.encode()).hexdigest())
    daemon.start()
    until(lambda: daemon.health_by(TOKEN)["sources"]["docker"]["status"] == "ok", what="docker")
    path = BULK.format(operation="restart")
    request = '{"container_ids":["5c5c5c5c5c5c","000000000000"]}'
    command = f"curl -H 'Authorization: Bearer TOKEN' --json '{request}' {SERVER}{path}"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    status, _, body = ask(daemon, path, method="POST", body=request, **headers)
    assert (status, violations("BulkAnswer", body)) == (200, [])
    daemon.reload()
    return Answer(command, status, {}, body)


def until_complete(daemon: Daemon) -> None:
    """Wait until every source has spoken, and SMART, which is read after the first state, is part of the newest."""
    for source in ("docker", "smart", "storage", "system"):
        daemon.until_source(source, "ok")
    until(lambda: {"udev", "webgui"} <= daemon.health()["sources"].keys(), what="udev and webgui")
    until(lambda: daemon.newest("storage/status")["data"]["disks"][0]["health"] == "passed", what="SMART in the state")


def refusals(daemon: Daemon) -> list[Answer]:
    """One of each error that a client may meet."""
    found = [
        refused(daemon, f"curl -i '{SERVER}/api/v1/docker/events?limit=0'", "/api/v1/docker/events?limit=0"),
        refused(
            daemon,
            f"curl -i -H 'Origin: https://example.com' {SERVER}/api/v1/health",
            "/api/v1/health",
            Origin="https://example.com",
        ),
        refused(daemon, f"curl -i {SERVER}/api/v1/nothing", "/api/v1/nothing"),
        refused(daemon, f"curl -i -X DELETE {SERVER}/api/v1/health", "/api/v1/health", method="DELETE"),
        refused(daemon, f"curl -i -H 'Host: example.com' {SERVER}/api/v1/health", "/api/v1/health", Host="example.com"),
        refused(daemon, f"curl -i {SERVER}/api/v1/ws/system/stats", "/api/v1/ws/system/stats"),
    ]
    daemon.reload(DOCKER_EVENTS="no")
    found.append(refused(daemon, f"curl -i {SERVER}/api/v1/docker/events", "/api/v1/docker/events"))
    daemon.reload(TOKEN_SHA256="0" * 64)
    found.append(refused(daemon, f"curl -i {SERVER}/api/v1/health", "/api/v1/health"))
    assert [answer.status for answer in found] == [400, 403, 404, 405, 421, 426, 503, 401]
    return sorted(found, key=lambda answer: answer.status)


async def converse(daemon: Daemon) -> list[tuple[str, Any]]:
    """Return the conversation over the address of several streams, as the page shows it: direction and content."""
    said: list[tuple[str, Any]] = []
    async with ClientSession() as session, session.ws_connect(f"ws://{daemon.server}/api/v1/ws") as ws:

        async def hear(kind: str, stream: str | None) -> dict[str, Any]:
            """The next frame of its kind; what else comes meanwhile is of another stream."""
            while True:
                heard = await asyncio.wait_for(ws.receive_json(), 10)
                assert frame_violations(heard) == []
                if (heard["type"], heard.get("stream")) == (kind, stream):
                    said.append(("<", settled_frame(heard)))
                    return heard

        async def ask(kind: str, stream: str | None, /, **command: object) -> dict[str, Any]:
            await ws.send_json(command)
            said.append((">", settled_frame(command)))
            return await hear(kind, stream)

        answer = await ask("subscribed", "system/stats", action="subscribe", stream="system/stats", interval=1)
        await hear("message", "system/stats")
        position = {"epoch": answer["epoch"], "seq": 0}
        await ask("subscribed", "docker/events", action="subscribe", stream="docker/events", **position)
        await hear("message", "docker/events")
        await ask("error", None, action="subscribe", stream="weather", id="w")
        await ask("unsubscribed", "system/stats", action="unsubscribe", stream="system/stats")
    return said


async def test_every_answer_and_the_page(busy: tuple[Daemon, FakeDocker], request: pytest.FixtureRequest) -> None:
    """Each stream and each address returns what its schema and the page say; so does each error."""
    daemon, docker = busy
    answers: dict[str, Answer] = {}
    async with crowd(daemon) as people:
        listeners = {stream: await people.join(stream) for stream in STREAMS}
        emit(docker)
        await becomes_true(lambda: all(listener.frames for listener in listeners.values()))
        for stream, listener in listeners.items():
            message = json.loads(listener.frames[0])
            assert violations(STREAM_SCHEMAS[stream], message) == []
            answers[f"/api/v1/ws/{stream}"] = Answer("", 101, {}, settled(message))
    conversation = await converse(daemon)
    await asyncio.to_thread(until_complete, daemon)
    for path, schema in ANSWERS.items():
        status, _, body = await asyncio.to_thread(ask, daemon, path)
        assert (status, violations(schema, body, of_each=isinstance(body, list))) == (200, []), path
        if path.endswith("/smart"):
            for drive in body:
                drive["at"] = "2025-06-15T22:55:00Z"
        settle = {"/api/v1/health": settled_health, "/api/v1/system/stats/history": settled_history}.get(path, settled)
        answers[path] = Answer(f"curl {SERVER}{path}", status, {}, settle(body))
    answers["/api/v1/ws/storage/status"] = answers["/api/v1/storage/status"]
    _, _, openapi = await asyncio.to_thread(ask, daemon, "/api/v1/openapi.json")
    _, _, asyncapi = await asyncio.to_thread(ask, daemon, "/api/v1/asyncapi.json")
    answers[BULK] = await asyncio.to_thread(bulk_answer, daemon)
    errors = await asyncio.to_thread(refusals, daemon)
    text = page(Found(openapi, asyncapi, answers, errors, conversation))
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text)

    assert openapi == json.loads((DOCS / "openapi.json").read_text())
    assert asyncapi == json.loads((DOCS / "asyncapi.json").read_text())
    assert PAGE.read_text() == text


def test_every_address_is_on_the_page() -> None:
    """The page has a heading for each address of both documents, and every link in it works."""
    text = PAGE.read_text()
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    openapi = json.loads((DOCS / "openapi.json").read_text())

    assert sorted(re.findall(r"`(/[^`]*)`", "\n".join(headings))) == sorted(openapi["paths"])
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\(#([^)]+)\)", text)) <= anchors
    assert all((DOCS / name).exists() for name in re.findall(r"\]\((\w+\.\w+)\)", text))
