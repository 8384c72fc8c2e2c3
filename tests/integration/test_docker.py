"""Containers of a real dockerd, and the Docker source's messages about them."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiodocker import Docker
from aiodocker.containers import DockerContainer

from tests.supervised import Observed, supervised, until
from uma.feeds.docker.model import DockerEvent
from uma.feeds.docker.source import DockerSource

from .dockerd import IMAGE, OFFLINE, Dockerd

NEVER = 3600.0
"""A poll interval that never ends: only a nudge can have found a change."""

Key = tuple[int, str, str]


@asynccontextmanager
async def observed_docker(dockerd: Dockerd, **options: Any) -> AsyncIterator[Observed]:
    """Return the source's state of *dockerd*, once they are connected."""
    source = DockerSource(socket=dockerd.socket, poll_interval=NEVER, **options)
    async with supervised(source) as observed:
        await observed.until_status("ok")
        yield observed


async def run(docker: Docker, name: str, *command: str, **config: Any) -> DockerContainer:
    host_config = {"NetworkMode": "none", **config.pop("HostConfig", {})}
    described = {"Image": IMAGE, "Cmd": list(command), "StopSignal": "SIGKILL", "HostConfig": host_config}
    return await docker.containers.run(described | OFFLINE | config, name=name)


def run_huge(dockerd: Dockerd, name: str) -> None:
    """Run a container whose label makes each of its events a MiB, and which ends with 4."""
    described = {"Image": IMAGE, "Cmd": ["sh", "-c", "exit 4"], "Labels": {"x": "A" * (1 << 20)}}
    body = json.dumps({**described, **OFFLINE, "HostConfig": {"NetworkMode": "none"}}).encode()
    made = dockerd.request("POST", "containers/create", {"name": name}, body, kind="application/json")
    dockerd.request("POST", f"containers/{made['Id']}/start")


def events(observed: Observed) -> list[DockerEvent]:
    return [message for message in observed.published if isinstance(message, DockerEvent)]


def story(observed: Observed) -> list[tuple[str, ...]]:
    """Name, action, status, exit code and signal of each event."""
    return [(e.container_name, e.action, e.status, *e.attributes.values()) for e in events(observed)]


async def until_told(observed: Observed, name: str, action: str, times: int = 1) -> None:
    await until(lambda: [told[:2] for told in story(observed)].count((name, action)) >= times, 20)


def keys(published: list[DockerEvent]) -> list[Key]:
    return [(e.time_nano, e.container_id_full, e.action) for e in published]


def remembered(dockerd: Dockerd) -> list[Key]:
    """The container events that dockerd still remembers."""
    text = dockerd.request_text("GET", "events", {"since": "0", "until": f"{time.time():.9f}"})
    raw = [json.loads(line) for line in text.splitlines()]
    return [(e["timeNano"], e["Actor"]["ID"], e["Action"]) for e in raw if e["Type"] == "container"]


@pytest.mark.smoke
async def test_the_events_of_a_life_are_in_order(dockerd: Dockerd) -> None:
    """Create, start, rename, pause, signal, restart, stop and removal, each with the state after it."""
    async with dockerd.client() as docker, observed_docker(dockerd) as observed:
        container = await run(docker, "one", "sleep", "60", Labels={"com.example.token": "secret"})
        await container.rename("two")
        await container.pause()
        await container.unpause()
        await container.kill(signal="SIGHUP")
        await container.restart(t=5)
        await container.stop(t=5)
        await container.delete()
        await until_told(observed, "two", "destroy")

    told = story(observed)
    # dockerd tells of both once more where containerd's word of the pause reaches it after the pause has ended.
    pauses = [("two", "pause", "paused", "0", ""), ("two", "unpause", "running", "0", "")]
    assert [row for at, row in enumerate(told) if row not in pauses or row not in told[:at]] == [
        ("one", "create", "created", "0", ""),
        ("one", "start", "running", "0", ""),
        ("two", "rename", "running", "0", ""),
        *pauses,
        ("two", "kill", "running", "0", "1"),
        ("two", "kill", "running", "0", "9"),
        ("two", "die", "exited", "137", "9"),
        ("two", "stop", "exited", "137", "9"),
        ("two", "start", "running", "0", ""),
        ("two", "restart", "running", "0", ""),
        ("two", "kill", "running", "0", "9"),
        ("two", "die", "exited", "137", "9"),
        ("two", "stop", "exited", "137", "9"),
        ("two", "destroy", "removed", "137", "9"),
    ]
    assert {(e.container_id_full, e.container_id, e.image) for e in events(observed)} == {
        (container.id, container.id[:12], IMAGE)
    }
    assert [e.seq for e in events(observed)] == list(range(1, 16))
    assert "secret" not in repr(observed.published)


@pytest.mark.timeout(600)  # each Docker is downloaded once
async def test_the_end_has_its_true_cause(dockerd_of_suite: Dockerd) -> None:
    """A stop has its exit code, a crash after a reload no signal, a label no effect, and a removal is final."""
    dockerd = dockerd_of_suite
    on_reload = 'trap "exit 3" HUP; while :; do sleep 0.1; done'
    source = DockerSource(socket=dockerd.socket, poll_interval=NEVER)
    async with dockerd.client() as docker, supervised(source) as observed:
        await observed.until_status("ok")
        stopped = await run(docker, "stopped", "sleep", "60")
        await stopped.kill(signal="SIGHUP")
        await stopped.stop(t=5)
        reloaded = await run(docker, "reloaded", "sh", "-c", on_reload)
        await until_told(observed, "reloaded", "start")
        await asyncio.sleep(0.5)
        await reloaded.kill(signal="SIGHUP")
        await run(docker, "labelled", "sh", "-c", "exit 66", Labels={"exitCode": "0", "signal": "STOP"})
        await asyncio.to_thread(run_huge, dockerd, "huge")
        for name in ("stopped", "reloaded", "labelled", "huge"):
            await until_told(observed, name, "die")
        await until_told(observed, "stopped", "stop")
        removed = await run(docker, "removed", "sleep", "60", HostConfig={"AutoRemove": True})
        await removed.stop(t=5)
        await until_told(observed, "removed", "destroy")
        await asyncio.sleep(1.2)
        containers = dict(source.containers)

    ends = {(name, action): (status, *rest) for name, action, status, *rest in story(observed)}
    assert ends["stopped", "stop"] == ends["stopped", "die"] == ("exited", "137", "9")
    assert ends["reloaded", "die"] == ("exited", "3", "")
    assert ends["labelled", "die"] == ("exited", "66", "")
    assert ends["huge", "die"] == ("exited", "4", "")
    told = [action for name, action, *_ in story(observed) if name == "stopped"]
    assert told.index("die") < told.index("stop")
    assert {status for name, action, status, *_ in story(observed) if name == "removed" and action == "destroy"} == {
        "removed"
    }
    assert containers["exited"] == 4
    assert sum(containers.values()) == 4


async def test_a_restart_policy_shows_each_exit_and_start(dockerd: Dockerd) -> None:
    """A failing container exits with its code and runs again, as often as Docker retries."""
    policy = {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 2}}
    async with dockerd.client() as docker, observed_docker(dockerd) as observed:
        await run(docker, "failing", "sh", "-c", "exit 3", HostConfig=policy)
        await until_told(observed, "failing", "die", 3)

    assert story(observed) == [
        ("failing", "create", "created", "0", ""),
        *[("failing", "start", "running", "0", ""), ("failing", "die", "exited", "3", "")] * 3,
    ]


async def test_health_is_published_and_its_checks_are_not(dockerd: Dockerd) -> None:
    """Healthy and unhealthy are events; the exec_* of the checks and of our own exec are left out."""
    check = {"Test": ["CMD", "test", "!", "-e", "/tmp/sick"], "Interval": 200_000_000, "Retries": 1}
    async with dockerd.client() as docker, observed_docker(dockerd) as observed:
        container = await run(docker, "checked", "sleep", "60", Healthcheck=check)
        await until_told(observed, "checked", "health_status")
        await (await container.exec(["touch", "/tmp/sick"])).start(detach=True)
        await until_told(observed, "checked", "health_status", 2)
        await container.delete(force=True)
        await until_told(observed, "checked", "destroy")

    assert [told[1:3] for told in story(observed)] == [
        ("create", "created"),
        ("start", "running"),
        ("health_status", "healthy"),
        ("health_status", "unhealthy"),
        ("kill", "running"),
        ("die", "exited"),
        ("destroy", "removed"),
    ]


async def test_containers_that_were_there_keep_their_state(dockerd: Dockerd) -> None:
    """The list at connect fills the table: a paused and a created container have their states; no old event comes."""
    async with dockerd.client() as docker:
        paused = await run(docker, "paused", "sleep", "60")
        await paused.pause()
        created = await docker.containers.create({"Image": IMAGE, "Cmd": ["true"]}, name="created")
        async with observed_docker(dockerd) as observed:
            await paused.rename("still-paused")
            await created.rename("still-created")
            await until_told(observed, "still-created", "rename")

    assert [told[:3] for told in story(observed)] == [
        ("still-paused", "rename", "paused"),
        ("still-created", "rename", "created"),
    ]


async def test_five_restarts_lose_nothing_and_double_nothing(dockerd: Dockerd) -> None:
    """Docker is stopped, killed and started again: each event that it remembers is reported exactly once."""
    to_be_told: set[Key] = set()
    async with observed_docker(dockerd) as observed:
        async with dockerd.client() as docker:
            always = {"RestartPolicy": {"Name": "always"}}
            await run(docker, "always", "sleep", "600", HostConfig=always)
        since = time.time_ns()

        async def until_all_are_told() -> None:
            nonlocal to_be_told
            to_be_told |= {key for key in await asyncio.to_thread(remembered, dockerd) if key[0] >= since}
            await until(lambda: to_be_told <= set(keys(events(observed))), 60)

        for number in range(5):
            async with dockerd.client() as docker:
                await (await run(docker, f"round{number}", "true")).wait()
            # A killed Docker never sends its unsent events.
            await until_all_are_told()
            await asyncio.to_thread(dockerd.kill if number % 2 else dockerd.stop)
            await asyncio.to_thread(dockerd.start)
        await until_all_are_told()
        await observed.until_status("ok")

    told = events(observed)
    assert [key for key, times in Counter(keys(told)).items() if times > 1] == []
    assert [e.seq for e in told] == list(range(1, len(told) + 1))
    # Each of Docker's starts started the container that is always to run.
    assert [
        (e.status, e.attributes["exitCode"]) for e in told if (e.container_name, e.action) == ("always", "start")
    ] == [("running", "0")] * 6
    assert "failed" not in observed.board.history


async def test_a_starting_docker_is_met_within_a_second(dockerd: Dockerd) -> None:
    """An absent Docker is unavailable; within a second of Docker's first answer it is found, without polling."""
    await asyncio.to_thread(dockerd.stop)
    async with supervised(DockerSource(socket=dockerd.socket, poll_interval=NEVER)) as observed:
        await observed.until_status("unavailable")
        assert observed.health.detail == f"Docker is not running: no socket at {dockerd.socket}"
        await asyncio.to_thread(dockerd.start)
        await observed.until_status("ok", 1.0)

    assert observed.board.history == ["unavailable", "ok"]


async def test_the_socket_of_a_new_docker_is_followed(dockerd: Dockerd) -> None:
    """If Docker hangs and another replaces its socket, the new one's events come."""
    other = Dockerd(socket=dockerd.socket)
    try:
        async with observed_docker(dockerd) as observed:
            dockerd.freeze()
            dockerd.socket.unlink()
            await asyncio.to_thread(other.start)
            async with other.client() as docker:
                await run(docker, "new", "true")
                await until_told(observed, "new", "die")
            await observed.until_status("ok")
            assert observed.board.history == ["ok", "unavailable", "ok"]
    finally:
        await asyncio.to_thread(other.end)
        dockerd.thaw()
        await asyncio.to_thread(dockerd.restart)


async def test_a_frozen_docker_fails_and_recovers(dockerd: Dockerd) -> None:
    """A hung Docker shows in health though its stream is open; missed ends are reported when it is back."""
    async with (
        dockerd.client() as docker,
        observed_docker(dockerd, ping_interval=0.3, answer_timeout=1.0) as observed,
    ):
        await run(docker, "short", "sleep", "1")
        await until_told(observed, "short", "start")
        dockerd.freeze()
        await observed.until_status("failed")
        assert observed.health.detail == "no response from Docker to GET /_ping within 1 s"
        dockerd.thaw()
        await until_told(observed, "short", "die")
        await observed.until_status("ok")

    assert [told[1:] for told in story(observed)] == [
        ("create", "created", "0", ""),
        ("start", "running", "0", ""),
        ("die", "exited", "0", ""),
    ]
