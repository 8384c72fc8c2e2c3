"""UMA's resuming clients, whose connections break a thousand times: each event comes once, or in a reported gap."""

import asyncio
import importlib.util
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.supervised import until as becomes_true

from .browser import Browser
from .clients import crowd
from .containers import lead_lives
from .cutting import CuttingProxy, cutting_proxy
from .daemon import Daemon
from .dockerd import Dockerd
from .programs import CHECKOUT, Program

EXAMPLES = CHECKOUT / "examples"
CUTS = 1000
CUTS_IN_BROWSER = int(os.environ.get("UMA_CUTS_IN_BROWSER", "100"))
"""There a thousand take minutes; UMA_CUTS_IN_BROWSER=1000 has them."""

KEPT = 1000


@dataclass
class Told:
    """Frames of a client in order: events by container name and number, and gaps."""

    entries: list[tuple[str, int] | dict[str, Any]] = field(default_factory=list)

    def message(self, stream: str, message: dict[str, Any]) -> None:
        if stream == "docker/events":
            self.entries.append((message["data"]["container_name"], message["data"]["seq"]))

    @property
    def gaps(self) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if isinstance(entry, dict)]

    async def last(self) -> str:
        """The name of the last container."""
        return next((entry[0] for entry in reversed(self.entries) if isinstance(entry, tuple)), "")

    def lives(self) -> list[dict[int, str]]:
        """The events of each daemon's life by their number.

        Fails if one came twice, out of order, or is missing without an exact gap.
        """
        epoch, position = None, 0
        lives: list[dict[int, str]] = [{}]
        for entry in self.entries:
            if isinstance(entry, tuple):
                name, seq = entry
                assert seq == position + 1, f"{name}: {seq} came after {position}"
                position = seq
                lives[-1][seq] = name
                continue
            after = entry["after"]
            assert after["seq"] == position
            assert epoch is None or after["epoch"] == epoch
            if entry["missing"] is None:
                assert entry["epoch"] != after["epoch"]
                lives.append({})
            else:
                assert entry["missing"] == entry["seq"] - position > 0
            epoch, position = entry["epoch"], entry["seq"]
        return lives


class Containers:
    """Containers that start continuously: ``c1``, ``c2`` and so on."""

    def __init__(self, docker: FakeDocker) -> None:
        self.count = 0
        self._docker = docker

    @property
    def last(self) -> str:
        return f"c{self.count}"

    def start(self, count: int) -> None:
        """Let *count* more be."""
        for _ in range(count):
            self.count += 1
            name = f"c{self.count}"
            self._docker.emit(docker_event("start", name, at=time.time_ns(), name=name))

    async def start_until(
        self, is_enough: Callable[[], bool], last: Callable[[], Awaitable[str]], *, seconds: float
    ) -> None:
        """Start more, some at once and some one by one, until *is_enough*.

        A client that is slow on a crowded machine is waited for, since it would lose most of them.
        """
        deadline = time.monotonic() + seconds
        received = self.count
        while not is_enough():
            assert time.monotonic() < deadline, f"not enough within {seconds} s"
            if self.count - received > KEPT // 2:
                received = int((await last()).removeprefix("c") or 0)
            if self.count - received <= KEPT // 2:
                self.start(random.choice([1, 1, 2, 10]))
            await asyncio.sleep(random.choice([0, 0.002, 0.02]))


@dataclass
class Scene:
    daemon: Daemon
    docker: FakeDocker
    containers: Containers
    proxy: CuttingProxy

    async def restart_daemon(self) -> None:
        await asyncio.to_thread(self.daemon.stop)
        await asyncio.to_thread(self.daemon.start)
        await becomes_true(lambda: self.docker.streams == DAEMON_STREAMS)

    async def begin(self, last: Callable[[], Awaitable[str]]) -> None:
        """Wait until the client follows the events, and has its first one; then the breaks begin."""
        await asyncio.to_thread(self.daemon.until_following, "docker/events", 1)
        self.containers.start(1)
        await self._until_client_has_the_last(last)
        self._begin_cutting()

    async def happen(self, cuts: int, last: Callable[[], Awaitable[str]], *, seconds: float) -> tuple[int, int]:
        """Break *cuts* times, with more events than are kept in one break, and a restart of the daemon in another.

        Return the number of containers before the restart, and at the end.
        """
        containers, proxy = self.containers, self.proxy
        await containers.start_until(lambda: proxy.cuts >= cuts // 3, last, seconds=seconds)
        # Away for more than is kept.
        proxy.is_open = False
        proxy.cut_all()
        await becomes_true(lambda: not proxy.connections)
        for _ in range(15):
            containers.start(100)
            await asyncio.sleep(0.02)
        await self._until_published(containers.count)
        proxy.is_open = True
        await containers.start_until(lambda: proxy.cuts >= 2 * cuts // 3, last, seconds=seconds)
        await self._end_cutting(last)
        before = containers.count
        await self.restart_daemon()
        self._begin_cutting()
        await containers.start_until(lambda: proxy.cuts >= cuts, last, seconds=seconds)
        await self._end_cutting(last)
        return before, containers.count

    def _begin_cutting(self) -> None:
        self.proxy.is_cutting = True
        # A connection that there is already would last.
        self.proxy.cut_all()

    async def _end_cutting(self, last: Callable[[], Awaitable[str]]) -> None:
        """Let the client have all there is."""
        self.proxy.is_cutting = False
        self.proxy.cut_all()
        self.containers.start(1)
        await self._until_client_has_the_last(last)

    async def _until_client_has_the_last(self, last: Callable[[], Awaitable[str]]) -> None:
        deadline = time.monotonic() + 20
        while (found := await last()) != self.containers.last:
            assert time.monotonic() < deadline, f"the client has {found}, not {self.containers.last}"
            await asyncio.sleep(0.02)

    async def _until_published(self, count: int) -> None:
        def published() -> int:
            return self.daemon.health()["streams"]["docker/events"]["messages"]

        while await asyncio.to_thread(published) < count:
            await asyncio.sleep(0.02)


@pytest.fixture
async def scene(make_daemon: Callable[..., Daemon], tmp_path: Path) -> AsyncIterator[Scene]:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    random.seed(seed)
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = make_daemon(docker_socket=docker.socket)
        await asyncio.to_thread(daemon.start)
        await becomes_true(lambda: docker.streams == DAEMON_STREAMS)
        async with cutting_proxy(daemon.port, seed) as proxy:
            yield Scene(daemon, docker, Containers(docker), proxy)
        await asyncio.to_thread(daemon.stop)


def check(told: Told, before: int, total: int) -> None:
    """Check two runs of the daemon, each of whose events came once or is in a gap: for the absence, or the restart."""
    first, second = told.lives()
    (restart,) = (gap for gap in told.gaps if gap["missing"] is None)
    lost = sum(gap["missing"] for gap in told.gaps if gap is not restart)

    assert all(name == f"c{seq}" for seq, name in first.items())
    assert all(name == f"c{before + seq}" for seq, name in second.items())
    assert len(first) + len(second) + lost + restart["seq"] == total
    assert told.gaps[0]["missing"] > 0
    # Unnecessary gaps would prove as little.
    assert len(first) + len(second) > KEPT
    assert lost < total / 2


def example(name: str) -> ModuleType:
    """A program of the examples, as a module."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"python/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def following(scene: Scene, told: Told) -> AsyncIterator[asyncio.Task[None]]:
    """The Python example, which is back at once after each break."""
    resuming = example("resuming")
    resuming.FIRST_DELAY = resuming.LAST_DELAY = 0.001
    wanted = {"system/stats": {"interval": 1}, "docker/events": {}}
    async with asyncio.TaskGroup() as tasks:
        address = f"ws://{scene.proxy.server}"
        task = tasks.create_task(resuming.follow(address, wanted, told.message, told.entries.append))
        yield task
        task.cancel()


async def test_the_python_client_survives_a_thousand_breaks(scene: Scene) -> None:
    """Wherever it is cut: every event comes once and in order, and lost ones are reported by a gap."""
    told = Told()
    scene.proxy.is_cutting = False
    async with following(scene, told):
        await scene.begin(told.last)
        before, total = await scene.happen(CUTS, told.last, seconds=60)

    check(told, before, total)
    assert scene.proxy.cuts >= CUTS


def ends_the_last(event: dict[str, Any]) -> bool:
    return (event["container_name"], event["action"]) == ("last", "destroy")


async def test_real_containers(make_daemon: Callable[..., Daemon], dockerd: Dockerd) -> None:
    """With a real Docker, a client whose connection breaks all the time gets the same as one without breaks."""
    daemon = make_daemon(docker_socket=dockerd.socket)
    await asyncio.to_thread(daemon.start)
    await asyncio.to_thread(daemon.until_source, "docker", "ok")
    events: list[dict[str, Any]] = []
    gaps: list[dict[str, Any]] = []
    resuming = example("resuming")
    resuming.FIRST_DELAY = resuming.LAST_DELAY = 0.001
    async with cutting_proxy(daemon.port, 1) as proxy, crowd(daemon) as people, asyncio.TaskGroup() as tasks:
        proxy.is_cutting = False
        plain = await people.join("docker/events")
        task = tasks.create_task(
            resuming.follow(
                f"ws://{proxy.server}", {"docker/events": {}}, lambda _, event: events.append(event), gaps.append
            )
        )
        await asyncio.to_thread(daemon.until_following, "docker/events", 1)
        await lead_lives(dockerd, ["first"])
        await becomes_true(lambda: bool(events))
        proxy.is_cutting = True
        proxy.cut_all()
        await lead_lives(dockerd, [f"broken{number}" for number in range(20)])
        proxy.is_cutting = False
        proxy.cut_all()
        await lead_lives(dockerd, ["last"])
        await becomes_true(lambda: events[-1] == json.loads(plain.frames[-1]) and ends_the_last(events[-1]["data"]))
        task.cancel()

    assert proxy.cuts >= 5
    assert gaps == []
    assert events == [json.loads(frame) for frame in plain.frames]


RECORD = """
    globalThis.told = [];
    ResumingSocket.FIRST_DELAY = ResumingSocket.LAST_DELAY = 1;
    socket.delay = 1;
    const { onMessage, onGap } = socket;
    socket.onMessage = (stream, message) => {
        onMessage(stream, message);
        if (stream === 'docker/events') {
            told.push([message.data.container_name, message.data.seq]);
        }
    };
    socket.onGap = (gap) => {
        onGap(gap);
        told.push(gap);
    };
"""
"""Script that makes the examples' page record its frames, and reconnect at once."""


async def test_the_browser_client_survives_breaks(scene: Scene, browser: Browser) -> None:
    """In a real Chromium too every event comes once and in order, and lost ones are reported and shown."""
    scene.proxy.is_cutting = False
    address = f"{(EXAMPLES / 'browser/resuming.html').as_uri()}?server={scene.proxy.server}"
    page = await asyncio.to_thread(browser.open, address)

    async def last() -> str:
        found = await asyncio.to_thread(page.evaluate, "told.findLast((entry) => Array.isArray(entry))?.[0]")
        return found or ""

    await asyncio.to_thread(page.evaluate, f"(() => {{{RECORD}}})()")
    await scene.begin(last)
    before, total = await scene.happen(CUTS_IN_BROWSER, last, seconds=100)
    entries = await asyncio.to_thread(page.evaluate, "told")
    told = Told([tuple(entry) if isinstance(entry, list) else entry for entry in entries])
    shown = await asyncio.to_thread(page.text, "docker-events")
    cpu = await asyncio.to_thread(page.text, "cpu")
    await asyncio.to_thread(page.close)

    check(told, before, total)
    assert scene.proxy.cuts >= CUTS_IN_BROWSER
    assert f"c{total}: start (running)" in shown
    assert cpu.endswith(" %")
    assert page.said("uncaught") == []


async def test_a_resuming_page_shows_its_connection_and_closes_for_good(scene: Scene, browser: Browser) -> None:
    """It shows its connection, is back after a restart of the daemon, and gone for good after close()."""
    address = f"{(EXAMPLES / 'browser/resuming.html').as_uri()}?server={scene.daemon.server}"
    page = await asyncio.to_thread(browser.open, address)
    await asyncio.to_thread(page.until_evaluates, "document.getElementById('cpu').textContent.endsWith(' %')")
    await scene.restart_daemon()
    await asyncio.to_thread(page.until_evaluates, "document.getElementById('docker-events').textContent", 30)

    assert "connected" == await asyncio.to_thread(page.text, "state")
    assert "an unknown number of events are lost" == await asyncio.to_thread(page.text, "docker-events")
    await asyncio.to_thread(page.evaluate, "socket.close()")
    await asyncio.to_thread(scene.daemon.until_following, "docker/events", 0)
    await asyncio.to_thread(page.close)


async def test_the_python_program(scene: Scene, tmp_path: Path) -> None:
    """Run as its README says it prints a line each second and for each event, and reports a restart's losses."""
    command = [sys.executable, str(EXAMPLES / "python/resuming.py"), scene.daemon.server]
    with Program(command, log=tmp_path / "output") as program:
        await asyncio.to_thread(program.until_output, "CPU ", times=3)
        scene.containers.start(1)
        await asyncio.to_thread(program.until_output, "Docker: c1 start, now running")
        await scene.restart_daemon()
        await asyncio.to_thread(program.until_output, "Lost: an unknown number of events of docker/events", 30)
        scene.containers.start(1)
        await asyncio.to_thread(program.until_output, "Docker: c2 start, now running")
        await asyncio.to_thread(scene.daemon.reload, DOCKER_EVENTS="no")
        await asyncio.to_thread(program.until_output, "Not followed any more: docker/events has been switched off")

        assert program.is_running()
        assert "Traceback" not in program.output


async def test_the_class_in_node(scene: Scene, node: str, tmp_path: Path) -> None:
    """The class is a module for Node too, with Node's own WebSocket since version 22."""
    version = await asyncio.to_thread(subprocess.check_output, [node, "--version"], text=True)
    flags = [] if int(version[1:].split(".")[0]) >= 22 else ["--experimental-websocket"]
    script = f"""
        const {{ ResumingSocket }} = require('{EXAMPLES}/browser/resuming.js');
        const socket = new ResumingSocket('ws://{scene.daemon.server}/api/v1/ws', {{ 'system/stats': {{}} }});
        socket.onMessage = (stream, message) => {{
            console.log(stream, message.type);
            socket.close();
        }};
    """
    with Program([node, *flags, "-e", script], log=tmp_path / "output") as program:
        assert 0 == await asyncio.to_thread(program.wait)
        assert "system/stats stats" in program.output.splitlines()
