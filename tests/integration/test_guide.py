"""The guide's own code with a real daemon: each block as printed, only the host name replaced."""

import asyncio
import base64
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from .browser import Browser, Page
from .conftest import EarlyCurl
from .containers import lead_lives
from .daemon import Daemon
from .dockerd import Dockerd
from .guide import GUIDE, code_block
from .programs import NODE_MODULES, Program, clean_environment, until

pytestmark = pytest.mark.skipif(not GUIDE.is_file(), reason=f"no guide at {GUIDE}: UMA_SHARED names its folder")

UNDROPPED_SECONDS = 60
STATS_INTERVAL = 5
GUIDE_KEY = "SGVsbG8sIHdvcmxkIQ=="


@pytest.fixture
def open_script(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a page, from disk, that holds a script and nothing else."""
    pages: list[Page] = []

    def open_(script: str, *, init: str = "") -> Page:
        html = tmp_path / f"page{len(pages)}.html"
        html.write_text(f"<!DOCTYPE html><script>{script}</script>")
        pages.append(browser.open(html, init=init))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()


def accept_of(key: str) -> str:
    """The Sec-WebSocket-Accept that belongs to *key* (RFC 6455, section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()


def shape(value: Any) -> Any:
    """Return the types of *value*, names included; JSON's numbers are one type."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return "number" if isinstance(value, int | float) else type(value).__name__


def covers(shape_: Any, wanted: Any) -> bool:
    """Return True if *shape_* has all of *wanted*; objects may have more, and one element of a list must have all."""
    if isinstance(wanted, dict):
        return isinstance(shape_, dict) and all(
            key in shape_ and covers(shape_[key], each) for key, each in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(shape_, list) and any(covers(each, wanted[0]) for each in shape_)
    return shape_ == wanted


def test_browser_javascript(daemon: Daemon, open_script: Callable[..., Page]) -> None:
    """The JavaScript for browsers gets the newest stats at once and the next ones after five seconds."""
    page = open_script(
        code_block("JavaScript (Browser)", "javascript", server=daemon.server),
        init="globalThis.updates = []; globalThis.updateDashboard = (data) => updates.push(data);",
    )
    first, second = page.until_evaluates("updates.length >= 2 && updates.slice(0, 2)")
    daemon.stop()
    until(lambda: "Disconnected from system stats" in page.said("log"))

    assert "Connected to system stats" in page.said("log")
    assert ["stats", "stats"] == [first["type"], second["type"]]
    assert first["timestamp"] < second["timestamp"]
    assert [] == page.said("uncaught") + page.said("error")


def test_python(daemon: Daemon, tmp_path: Path) -> None:
    """The Python client prints CPU and memory message by message, and ends without an error when the daemon does."""
    script = tmp_path / "guide.py"
    script.write_text(code_block("Python", "python", server=daemon.server))
    environment = clean_environment(PYTHONUNBUFFERED="1")
    with Program([sys.executable, script], log=tmp_path / "output", environment=environment) as client:
        client.until_output("%, Memory: ", times=2)
        daemon.stop()

        assert 0 == client.wait()
        assert "Connected to system stats" in client.output


def test_node(daemon: Daemon, node: str, tmp_path: Path) -> None:
    """The Node client prints message by message, and says when the daemon has ended."""
    script = tmp_path / "guide.js"
    script.write_text(code_block("Node.js", "javascript", server=daemon.server))
    environment = clean_environment(NODE_PATH=str(NODE_MODULES))
    with Program([node, script], log=tmp_path / "output", environment=environment) as client:
        client.until_output("System stats received: { type: 'stats'".replace("{ ", "{\n  "), times=2)
        daemon.stop()
        client.until_output("Disconnected from system stats")

        assert 0 == client.wait()
        assert "Connected to system stats" in client.output


def test_html_dashboard(steady_daemon: Daemon, browser: Browser, tmp_path: Path) -> None:
    """The HTML page, opened from disk, shows CPU, memory and uptime."""
    html = tmp_path / "dashboard.html"
    html.write_text(code_block("HTML Dashboard Example", "html", server=steady_daemon.server))
    page = browser.open(html)
    page.until_evaluates(r"/^\d+\.\d%$/.test(document.getElementById('cpu').textContent)")

    assert "null" == page.evaluate("self.origin")
    assert page.evaluate(r"/^\d+\.\d%$/.test(document.getElementById('memory').textContent)")
    assert page.evaluate(r"/^\d+d \d+h \d+m$/.test(document.getElementById('uptime').textContent)")
    assert [] == page.said("uncaught") + page.said("error")
    page.close()


def test_html_dashboard_shows_docker_events(
    make_daemon: Callable[..., Daemon], dockerd: Dockerd, browser: Browser, tmp_path: Path
) -> None:
    """The HTML page shows what containers do, the newest first, five lines at most."""
    daemon = make_daemon(docker_socket=dockerd.socket).start()
    html = tmp_path / "dashboard.html"
    html.write_text(code_block("HTML Dashboard Example", "html", server=daemon.server))
    page = browser.open(html)
    daemon.until_source("docker", "ok")
    daemon.until_connections("docker/events", 1)
    asyncio.run(lead_lives(dockerd, ["plex"]))
    lines = "[...document.getElementById('docker-events').children].map((line) => line.textContent)"
    page.until_evaluates(f"{lines}.length === 4")
    assert ["destroy: plex", "die: plex", "start: plex", "create: plex"] == page.evaluate(lines)

    asyncio.run(lead_lives(dockerd, ["sonarr"]))
    page.until_evaluates(f"{lines}[0] === 'destroy: sonarr'")
    assert ["destroy: sonarr", "die: sonarr", "start: sonarr", "create: sonarr", "destroy: plex"] == page.evaluate(
        lines
    )
    assert [] == page.said("uncaught") + page.said("error")
    page.close()


def test_reconnecting_class_survives_a_restart(restored_daemon: Daemon, open_script: Callable[..., Page]) -> None:
    """The reconnecting class is back five seconds after it was disconnected by a restart, and gets messages again."""
    page = open_script(
        code_block("Automatic Reconnection", "javascript", server=restored_daemon.server),
        init="globalThis.updates = []; globalThis.updateSystemStats = (data) => updates.push(data);",
    )
    page.until_evaluates("updates.length >= 1")
    restored_daemon.stop()
    until(lambda: "Reconnecting... (1/10)" in page.said("log"))
    restored_daemon.start()
    before = page.evaluate("updates.length")
    page.until_evaluates(f"updates.length > {before}")

    assert 2 == page.said("log").count(f"Connected to {restored_daemon.stream_url('system/stats')}")
    assert "number" == page.evaluate("typeof updates.at(-1).cpu_percent")
    assert [] == page.said("uncaught")


def test_connection_monitoring_and_debugging(daemon: Daemon, open_script: Callable[..., Page]) -> None:
    """The debugging snippets show each message, and 1001 with its reason when the daemon stops."""
    debugging = code_block("Debugging WebSocket Connections", "javascript", server=daemon.server)
    monitoring = code_block("Common Issues", "javascript", server=daemon.server)
    page = open_script(debugging + monitoring)
    until(lambda: any(text.startswith('Message received: {"type":"stats"') for text in page.said("log")))
    daemon.stop()
    until(lambda: "Close reason: the daemon stops" in page.said("log"))

    assert "WebSocket closed: 1001 the daemon stops" in page.said("log")
    assert "Close code: 1001" in page.said("log")
    assert [] == page.said("error")


@pytest.mark.parametrize(
    ("heading", "stream"),
    [("System Statistics Message", "system/stats"), ("Storage Status Message", "storage/status")],
)
def test_message_formats(steady_daemon: Daemon, heading: str, stream: str) -> None:
    """Each message has every field of the guide's example, of the same type."""
    example = json.loads(code_block(heading, "json", server=steady_daemon.server))
    with connect(steady_daemon.stream_url(stream), proxy=None) as websocket:
        message = json.loads(websocket.recv(15))

    assert example["type"] == message["type"]
    assert covers(shape(message), shape(example))


def test_docker_message_format(make_daemon: Callable[..., Daemon], dockerd: Dockerd) -> None:
    """Each event of a container has every field of the guide's example, of the same type."""
    daemon = make_daemon(docker_socket=dockerd.socket).start()
    example = json.loads(code_block("Docker Events Message", "json", server=daemon.server))
    daemon.until_source("docker", "ok")
    with connect(daemon.stream_url("docker/events"), proxy=None) as websocket:
        asyncio.run(lead_lives(dockerd, ["plex"]))
        messages = [json.loads(websocket.recv(15)) for _ in range(4)]

    assert ["create", "start", "die", "destroy"] == [message["data"]["action"] for message in messages]
    for message in messages:
        assert example["type"] == message["type"]
        assert covers(shape(message), shape(example))


def test_curl_stays_for_a_minute(early_curl: EarlyCurl) -> None:
    """The guide's curl, which can't answer a ping and sends a key of 13 bytes, gets every message for a minute."""
    curl, daemon = early_curl.program, early_curl.daemon
    messages = UNDROPPED_SECONDS // STATS_INTERVAL
    curl.until_output('{"type":"stats"', UNDROPPED_SECONDS + 15, times=messages + 1)
    until(lambda: time.monotonic() - early_curl.since > UNDROPPED_SECONDS, UNDROPPED_SECONDS)

    assert curl.is_running()
    assert "HTTP/1.1 101 Switching Protocols" in curl.output
    assert f"Sec-WebSocket-Accept: {accept_of(GUIDE_KEY)}" in curl.output
    assert 1 == daemon.connections()["system/stats"]
    assert 0 == daemon.health()["streams"]["system/stats"]["dropped_clients"]
