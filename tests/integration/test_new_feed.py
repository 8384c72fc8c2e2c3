"""A feed made by following docs/adding-a-feed.md appears everywhere, and a deleted one leaves no fault."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import aiomqtt
import pytest

from .browser import Browser
from .daemon import Daemon
from .mosquitto import PROGRAM, Mosquitto
from .programs import CHECKOUT, Program, clean_environment, until

PAGE = (CHECKOUT / "docs/adding-a-feed.md").read_text()
NAME = "openfiles/status"
LINE = '    "openfiles",\n'


@dataclass
class Tree:
    """A copy of the package, changed."""

    source: Path

    @property
    def command(self) -> tuple[str, ...]:
        """Return the command that sets the environment for a Python of this tree."""
        return ("env", f"PYTHONPATH={os.pathsep.join((str(self.source), str(CHECKOUT)))}")

    def run(self, *arguments: str) -> str:
        """Return the output of Python with *arguments*, which must succeed."""
        done = subprocess.run(
            [*self.command, sys.executable, *arguments],
            cwd=self.source,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def daemon(self, folder: Path) -> Daemon:
        """A daemon of this tree, which observes a demo tower of its own: it leaves files there."""
        shutil.copytree(CHECKOUT / "demo/tower", folder / "tower")
        return Daemon(folder, folder / "tower").under(*self.command)


def copied(folder: Path) -> Tree:
    """The package as it is."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(CHECKOUT / "source/uma", folder / "source/uma", ignore=ignored)
    return Tree(folder / "source")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The package with the files of the page, and its line."""
    tree = copied(tmp_path_factory.mktemp("tree"))
    files = re.findall(
        r"^`source/(uma/feeds/openfiles/\w+\.py)`:\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    )
    assert len(files) == 4
    (tree.source / "uma/feeds/openfiles").mkdir()
    for name, text in files:
        (tree.source / name).write_text(text)
    # Modules as they are: a bundle of the checkout's would not have the panel.
    dashboard = tree.source.parent / "emhttp/dashboard"
    shutil.copytree(CHECKOUT / "emhttp/dashboard", dashboard, ignore=shutil.ignore_patterns("built"))
    ((panel, script),) = re.findall(
        r"^`emhttp/dashboard/(panels/\w+\.js)`:\n\n```js\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    )
    (dashboard / panel).write_text(script)
    assert f"+{LINE}" in PAGE
    subjects = tree.source / "uma/feeds/__init__.py"
    first = "SUBJECTS: tuple[str, ...] = (\n"
    assert first in PAGE
    subjects.write_text(subjects.read_text().replace(first, first + LINE))
    return tree


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    if not PROGRAM:
        pytest.skip("there is no mosquitto on this machine (Debian: mosquitto)")
    broker = Mosquitto(tmp_path_factory.mktemp("broker") / "mosquitto").start()
    yield broker
    broker.kill()


@pytest.fixture(scope="module")
def daemon(tree: Tree, broker: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = tree.daemon(tmp_path_factory.mktemp("daemon"))
    daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port, MQTT_FEEDS=f"stats {NAME}")
    daemon.start()
    yield daemon
    daemon.end()


def test_one_line_has_changed(tree: Tree):
    """The folder is new; one existing file has one more line, and nothing else has changed."""
    compared = ["diff", "-r", "-x", "__pycache__", str(CHECKOUT / "source/uma"), str(tree.source / "uma")]
    lines = subprocess.run(compared, capture_output=True, text=True, check=False).stdout.splitlines()
    changed = [line for line in lines if line[:1] in "<>"]

    assert changed == [f"> {LINE.rstrip()}"]
    assert [line for line in lines if line.startswith("Only in")] == [f"Only in {tree.source}/uma/feeds: openfiles"]


async def test_websocket_and_rest(daemon: Daemon):
    """Its message comes at once over its address, and REST gives the same bytes."""
    async with aiohttp.ClientSession() as session, session.ws_connect(daemon.stream_url(NAME)) as ws:
        message = await ws.receive_json(timeout=10)
        async with session.get(f"http://{daemon.server}/api/v1/{NAME}") as response:
            assert await response.json() == message

    assert message["type"] == "openfiles_status"
    assert message["data"]["open_files"] > 0


async def test_multiplex(daemon: Daemon):
    """The multiplex address carries it."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://{daemon.server}/api/v1/ws") as ws:
        await ws.send_json({"action": "subscribe", "stream": NAME})
        answers = [await ws.receive_json(timeout=10) for _ in range(2)]

    assert [answer["type"] for answer in answers] == ["subscribed", "message"]
    assert answers[1]["message"]["type"] == "openfiles_status"


def test_lists_and_documents(daemon: Daemon):
    """The list of feeds, OpenAPI, AsyncAPI, health and the metrics have it."""
    feeds = {feed["name"]: feed for feed in daemon.get("/api/v1/feeds")}
    openapi, asyncapi = daemon.get("/api/v1/openapi.json"), daemon.get("/api/v1/asyncapi.json")
    daemon.newest(NAME)
    metrics = daemon.get_bytes("/metrics").decode()

    assert feeds[NAME] == {
        "name": NAME,
        "title": "Open files",
        "kind": "openfiles_status",
        "retained": True,
        "interval_seconds": 30,
        "setting": "OPENFILES_STATUS",
        "enabled": True,
        "panel": "panels/openfiles.js",
        "schema": "#/components/schemas/OpenfilesStatusMessage",
        "channel": "uma_openfiles_status",
    }
    assert {f"/api/v1/{NAME}", f"/api/v1/ws/{NAME}"} <= openapi["paths"].keys()
    assert "OpenfilesStatusMessage" in asyncapi["components"]["messages"]
    field = openapi["components"]["schemas"]["FilesStatus"]["properties"]["max_files"]
    assert field == {"description": "Files that may be open.", "type": "integer", "minimum": 0}
    assert daemon.health()["sources"]["openfiles"]["status"] == "ok"
    assert re.search(r"^uma_files_open [0-9.e+]+$", metrics, re.MULTILINE)


async def test_broker_and_home_assistant(daemon: Daemon, broker: Mosquitto):
    """A broker that selects it gets it, and Home Assistant its entity."""
    found: dict[str, Any] = {}
    async with asyncio.timeout(30), aiomqtt.Client("127.0.0.1", broker.port) as client:
        for topic in ("uma/+/openfiles/status", "homeassistant/sensor/+/files_open/config"):
            await client.subscribe(topic)
        async for message in client.messages:
            found[str(message.topic).partition("/")[0]] = json.loads(message.payload)
            if len(found) == 2:
                break

    assert found["uma"]["type"] == "openfiles_status"
    assert found["homeassistant"]["name"] == "Open files"
    assert found["homeassistant"]["state_topic"].endswith("/openfiles/status")


def test_switched_off(daemon: Daemon):
    """After a reload its setting disables it: 503 with the setting's name."""
    before = daemon.config_file.read_text()
    daemon.config_file.write_text(before + 'OPENFILES_STATUS="no"\n')
    try:
        count = daemon.program.output.count('"settings reloaded"')
        daemon.program.signal(signal.SIGHUP)
        daemon.program.until_output('"settings reloaded"', times=count + 1)
        feeds = {feed["name"]: feed["enabled"] for feed in daemon.get("/api/v1/feeds")}

        assert not feeds[NAME]
        assert "openfiles" not in daemon.health()["sources"]
    finally:
        daemon.config_file.write_text(before)
        daemon.program.signal(signal.SIGHUP)
        daemon.program.until_output('"settings reloaded"', times=count + 2)


def test_command_line(tree: Tree, daemon: Daemon, tmp_path: Path):
    """`uma watch` follows it, `uma snapshot` prints it, `uma config` knows its settings."""
    watch = Program(
        [*tree.command, sys.executable, "-m", "uma", "watch", f"{daemon.server}/{NAME}", "--json"],
        log=tmp_path / "watch",
    )
    with watch:
        watch.until_output("openfiles_status")
    snapshot = json.loads(tree.run("-m", "uma", "snapshot", "openfiles", "--root", str(CHECKOUT / "demo/tower")))
    form: list[dict[str, Any]] = json.loads(tree.run("-m", "uma", "config", "form"))
    rows = {row["key"]: row for section in form for row in section["settings"]}

    assert snapshot["type"] == "openfiles_status"
    assert rows["OPENFILES_STATUS"]["choices"] == {"yes": "Yes", "no": "No"}
    assert (rows["OPENFILES_INTERVAL"]["least"], rows["OPENFILES_INTERVAL"]["most"]) == (1, 3600)
    assert tree.run("-m", "uma", "config", "get", "OPENFILES_INTERVAL", "--root", "/nonexistent") == "30\n"
    assert 'OPENFILES_STATUS="yes"\n' in tree.run("-m", "uma", "config", "defaults")


def test_dashboard(daemon: Daemon, browser: Browser):
    """The page has its panel with the newest message's numbers, though none of its modules has changed."""
    page = browser.open(f"http://{daemon.server}/")
    try:
        text = page.until_evaluates("document.querySelector('#panel-openfiles:not([hidden]) p')?.textContent", 30)
        title = page.evaluate("document.querySelector('#panel-openfiles h2').textContent")
        newest = daemon.newest(NAME)["data"]
    finally:
        page.close()

    assert title == "Open files"
    assert re.fullmatch(r"[\d,]+ of [\d,]+", text)
    assert text.partition(" of ")[2].replace(",", "") == str(newest["max_files"])


def test_docs(tree: Tree):
    """The generated pages have its settings and its metrics."""
    pages = tree.run(
        "-c",
        "from tests.generated_pages import metrics_page, settings_page\n"
        "from tests.support.feeds import FEEDS, SETTINGS\n"
        "print(settings_page(FEEDS, SETTINGS), metrics_page(FEEDS))",
    )

    about = "The number of open files, and its limit."
    assert f"| `OPENFILES_STATUS`<br>Open files | `yes` | yes or no | {about} |" in pages
    assert "| `uma_files_limit` | gauge |  | Files that may be open. |" in pages


def test_a_deleted_subject_leaves_a_daemon(tmp_path: Path):
    """Without storage's folder, which other feeds read, and without its line, the rest serves as before."""
    tree = copied(tmp_path)
    subjects = tree.source / "uma/feeds/__init__.py"
    subjects.write_text(subjects.read_text().replace('    "storage",\n', ""))
    shutil.rmtree(tree.source / "uma/feeds/storage")
    daemon = tree.daemon(tmp_path).start()
    try:
        names = {feed["name"] for feed in daemon.get("/api/v1/feeds")}
        assert daemon.newest("system/stats")["type"] == "stats"
        until(lambda: "starting" not in {each["status"] for each in daemon.health()["sources"].values()})
        failed = [name for name, source in daemon.health()["sources"].items() if source["status"] == "failed"]
        assert daemon.get_bytes("/metrics")
        assert daemon.get("/api/v1/openapi.json")["openapi"]
    finally:
        daemon.end()

    assert "storage/status" not in names
    assert "system/stats" in names
    assert failed == []
    # The other feeds' own tests, with a package without storage.
    suites = [str(CHECKOUT / "tests/unit/feeds" / name) for name in ("system", "updates", "shares")]
    assert " passed" in tree.run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(CHECKOUT / "setup.cfg"), *suites
    )
