"""Calls of Unraid's notify script: arguments, gaps of a second, and failures."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.fakes.docker import docker_event
from tests.supervised import supervised, until
from uma.feeds.docker.alerts import source as alerts_source
from uma.feeds.docker.alerts.judge import Alert, Judge
from uma.feeds.docker.alerts.source import AlertsSource, arguments_of, notify, read_array_stopping
from uma.feeds.docker.containers.parse import Record
from uma.feeds.docker.events import container_event_from
from uma.host import Host


class Containers:
    """A containers source that a test moves."""

    def __init__(self, *names: str) -> None:
        self.judge: Judge | None = None
        self.records = {name * 32: Record(name * 32, name, "image", "running") for name in names}

    def die(self, name: str) -> None:
        event = container_event_from(docker_event("die", name, at=1, exitCode="3"))
        assert event is not None
        assert self.judge is not None
        self.judge.take(event)


def script(host: Host, text: str) -> Path:
    """Put a notify script on the host."""
    path = host.webgui / "webGui/scripts/notify"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


class Clock:
    """Clock that advances as the source sleeps, up to *end*."""

    def __init__(self, end: float = float("inf")) -> None:
        self.now = 0.0
        self.end = end

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if self.now + seconds > self.end:
            await asyncio.Event().wait()
        self.now += seconds
        await asyncio.sleep(0)


async def test_each_alert_is_a_separate_call(tmp_path: Path) -> None:
    """Three simultaneous deaths are three calls, more than a second apart, with the arguments of the webGUI's
    script.
    """
    host, clock, containers = Host(tmp_path), Clock(), Containers("c1", "c2", "c3")
    called = tmp_path / "called"
    script(host, f'echo "$@" >> {called}')
    times: list[float] = []

    async def sleep(seconds: float) -> None:
        times.append(clock.now)
        await clock.sleep(seconds)

    alerts = AlertsSource(host, containers, clock=clock, sleep=sleep)
    async with supervised(alerts) as observed:
        await observed.until_status("ok")
        for name in ("c1", "c2", "c3"):
            containers.die(name)
        await until(lambda: called.exists() and called.read_text().count("\n") == 3)

    assert called.read_text().splitlines() == [
        f"-e UMA container -s Container {name} died -d It ended by itself with exit code 3. -i warning -l /Docker"
        for name in ("c1", "c2", "c3")
    ]
    assert max(after - before for before, after in pairwise(times)) > 1
    assert observed.published == []


async def test_no_script_is_normal(tmp_path: Path) -> None:
    """Without Unraid's script health says so, and no container is watched."""
    containers = Containers("c1")
    async with supervised(AlertsSource(Host(tmp_path), containers)) as observed:
        await until(lambda: "no notify script" in observed.health.detail)
        assert observed.health.status == "unavailable"
        assert containers.judge is None


async def test_a_reload_forgets_nothing(tmp_path: Path) -> None:
    """A container that was reported before a reload stays quiet for its ten minutes."""
    host, clock, containers = Host(tmp_path), Clock(end=500), Containers("c1")
    called = tmp_path / "called"
    script(host, f"echo x >> {called}")
    alerts = AlertsSource(host, containers, clock=clock, sleep=clock.sleep)
    async with supervised(alerts) as observed:
        await observed.until_status("ok")
        containers.die("c1")
        await until(called.exists)
    async with supervised(alerts) as observed:
        await until(lambda: containers.judge is not None)
        containers.die("c1")
        await until(lambda: clock.now > 498)

    assert called.read_text() == "x\n"


@pytest.mark.parametrize(
    ("alert", "subject", "description", "importance"),
    [
        (Alert("died", "plex", 3), "Container plex died", "It ended by itself with exit code 3.", "warning"),
        (Alert("died", "plex"), "Container plex died", "It ended by itself.", "warning"),
        (
            Alert("memory", "plex", 137),
            "Container plex was killed for memory",
            "It ran out of memory and ended with exit code 137.",
            "warning",
        ),
        (
            Alert("memory", "plex", None, has_died=False),
            "Container plex was killed for memory",
            "One of its processes ran out of memory.",
            "warning",
        ),
        (
            Alert("looping", "plex", 1),
            "Container plex keeps dying",
            "It ends by itself with exit code 1, again and again.",
            "alert",
        ),
        (
            Alert("unhealthy", "plex"),
            "Container plex is unhealthy",
            "Its health check has failed for a minute.",
            "warning",
        ),
        (Alert("back", "plex"), "Container plex is back", "It has run for two minutes without a failure.", "normal"),
        (
            Alert("back", "a\nb\x1b"),
            "Container a?b? is back",
            "It has run for two minutes without a failure.",
            "normal",
        ),
    ],
)
def test_words(alert: Alert, subject: str, description: str, importance: str) -> None:
    """Each kind has a subject, a sentence and an importance; control characters of a name are removed."""
    assert arguments_of(alert) == [
        *("-e", "UMA container", "-s", subject, "-d", description, "-i", importance, "-l", "/Docker")
    ]


@pytest.mark.parametrize("name", ["$(touch x)", "'; rm -rf /; '", "-e", "a b", "*", "ü😀"])
async def test_no_name_reaches_a_shell(tmp_path: Path, name: str) -> None:
    """A name is one argument, whatever its characters."""
    path = script(Host(tmp_path), f'printf "%s\\n" "$4" > {tmp_path}/subject')
    await notify(path, Alert("died", name))

    assert (tmp_path / "subject").read_text() == f"Container {name} died\n"


async def test_failed_alerts_are_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hanging script is ended with its children, a missing or failing one is reported; each is one line in the
    log.
    """
    hanging = script(Host(tmp_path), f"sleep 600 & echo $! > {tmp_path}/child; wait")
    with capture_logs() as logs:
        with monkeypatch.context() as hurry:
            hurry.setattr(alerts_source, "MAX_CALL_SECONDS", 2)
            await notify(hanging, Alert("died", "plex"))
        await notify(tmp_path / "gone", Alert("died", "plex"))
        await notify(script(Host(tmp_path), "exit 3"), Alert("died", "plex"))
    child = int((tmp_path / "child").read_text())

    assert [line["event"] for line in logs] == ["alert timed out", "alert failed", "alert failed"]
    assert logs[2]["reason"] == "the script ended with 3"
    await until(lambda: not is_alive(child))


def is_alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('fsState="Started"\n', False),
        ('fsState="Stopping"\n', True),
        ('fsState="Stopped"\n', True),
        ("", False),
        (None, False),
    ],
)
def test_the_arrays_end_is_read(tmp_path: Path, text: str | None, expected: bool) -> None:
    """emhttpd's state shows whether the array is stopping."""
    host = Host(tmp_path)
    host.state.mkdir(parents=True)
    if text is not None:
        (host.state / "var.ini").write_text(text)

    assert read_array_stopping(host) == expected
