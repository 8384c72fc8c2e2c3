"""Choice of containers to inspect, the times of inspects, and their number at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.fakes.docker import FakeDocker, docker_event
from tests.supervised import until
from uma.feeds.docker.client import docker_at
from uma.feeds.docker.containers.inspector import QUICK_ROUNDS, Inspector
from uma.feeds.docker.containers.parse import Record
from uma.feeds.docker.containers.table import Containers
from uma.feeds.docker.containers.unraid import UnraidFiles, Update
from uma.feeds.docker.events import ContainerEvent, container_event_from
from uma.host import Host

from .answers import inspected, state

T = 1_795_416_741_000_000_000


def event(action: str, container: str = "c1") -> ContainerEvent:
    parsed = container_event_from(docker_event(action, container, at=T))
    assert parsed is not None
    return parsed


@asynccontextmanager
async def working(tmp_path: Path) -> AsyncIterator[tuple[Inspector, Containers, FakeDocker]]:
    """An inspector that runs for a table with the containers c1 and d2."""
    table = Containers()
    table.begin({name * 32: Record(name * 32, name, "image", "running") for name in ("c1", "d2")})
    inspector = Inspector(Host(tmp_path), table, lambda: None)
    socket = tmp_path / "docker.sock"
    async with FakeDocker(socket) as docker, docker_at(socket, answer_timeout=5) as api:
        docker.inspected = {name * 32: inspected(name * 32, name) for name in ("c1", "d2")}
        worker = asyncio.ensure_future(inspector.work(api))
        try:
            yield inspector, table, docker
        finally:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker


async def test_all_are_inspected_at_the_beginning(tmp_path: Path) -> None:
    """Each is inspected once, and the table has the results."""
    async with working(tmp_path) as (inspector, table, docker):
        inspector.begin(table.records)
        assert not inspector.settled.is_set()
        await inspector.settled.wait()

    assert sorted(docker.requests) == [f"/containers/{'c1' * 32}/json", f"/containers/{'d2' * 32}/json"]
    assert [record.restart_count for record in table.records.values()] == [2, 2]


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        *((action, "inspect") for action in ("start", "die", "health_status: healthy", "rename", "update")),
        ("create", "list"),
        *((action, "") for action in ("kill", "oom", "pause", "unpause", "stop", "destroy", "exec_die", "top")),
    ],
)
async def test_only_some_events_are_asked_about(tmp_path: Path, action: str, asked: str) -> None:
    """A container is inspected if its event leaves facts open; a new one is listed."""
    async with working(tmp_path) as (inspector, _, docker):
        inspector.take(event(action))
        if asked:
            await inspector.settled.wait()

    assert (
        docker.requests == {"inspect": [f"/containers/{'c1' * 32}/json"], "list": ["/containers/json"], "": []}[asked]
    )


class SlowDocker:
    """A Docker that answers on command, with the state at the time of the request."""

    def __init__(self) -> None:
        self.status, self.asked, self.may_answer = "running", 0, asyncio.Event()

    async def read(self, _question: str, _path: str, _params: object = None) -> bytes:
        self.asked += 1
        answer = inspected("c1" * 32, "c1", State=state(self.status))
        await self.may_answer.wait()
        return json.dumps(answer).encode()


async def test_a_change_during_an_inspect_is_not_undone(tmp_path: Path) -> None:
    """After a pause during an inspect the container is inspected again."""
    table, docker = Containers(), SlowDocker()
    table.begin({"c1" * 32: Record("c1" * 32, "c1", "image", "running")})
    inspector = Inspector(Host(tmp_path), table, lambda: None)
    worker = asyncio.ensure_future(inspector.work(docker))  # type: ignore[arg-type]
    try:
        inspector.begin(table.records)
        await until(lambda: docker.asked == 1)
        docker.status = "paused"
        table.take(event("pause"))
        inspector.take(event("pause"))
        docker.may_answer.set()
        await inspector.settled.wait()
    finally:
        worker.cancel()

    assert docker.asked == 2
    assert table.records["c1" * 32].state == "paused"


async def test_a_storm_of_events_is_asked_about_at_a_pace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first changes are asked about at once, those right after them together, a moment later."""
    monkeypatch.setattr("uma.feeds.docker.containers.inspector.PACE_SECONDS", 3600.0)
    table, docker = Containers(), SlowDocker()
    docker.may_answer.set()
    table.begin({"c1" * 32: Record("c1" * 32, "c1", "image", "running")})
    inspector = Inspector(Host(tmp_path), table, lambda: None)
    worker = asyncio.ensure_future(inspector.work(docker))  # type: ignore[arg-type]
    try:
        for _ in range(QUICK_ROUNDS):
            inspector.take(event("start"))
            await inspector.settled.wait()
        for _ in range(30):
            inspector.take(event("start"))
            await asyncio.sleep(0)
        assert not inspector.settled.is_set()
    finally:
        worker.cancel()

    assert docker.asked == QUICK_ROUNDS


async def test_images_are_asked_about_where_an_update_may_be_stale(tmp_path: Path) -> None:
    """Each image is looked up once until Unraid's file changes; a missing one is not looked up again."""
    async with working(tmp_path) as (inspector, table, docker):
        for name in ("c1", "d2"):
            docker.inspected[name * 32]["Image"] = f"sha256:{name}"
        docker.images["sha256:c1"] = {"RepoDigests": ["plexinc/pms-docker@sha256:new"]}
        stale = Update("available", "sha256:old", "sha256:new")
        files = UnraidFiles(updates={"plexinc/pms-docker:latest": stale})
        for _ in range(2):
            table.take_files(files)
            inspector.begin(table.records)
            await inspector.settled.wait()
            inspector.check_images()
            await inspector.settled.wait()

    asked = [path for path in docker.requests if path.startswith("/images/")]
    assert asked == ["/images/sha256:c1/json", "/images/sha256:d2/json"] * 2
    assert [container.update for container in table.status().containers] == ["up_to_date", "available"]


async def test_a_container_that_is_gone_costs_itself(tmp_path: Path) -> None:
    """A container that Docker no longer knows keeps the state from its events."""
    async with working(tmp_path) as (inspector, table, docker):
        del docker.inspected["c1" * 32]
        inspector.begin(table.records)
        await inspector.settled.wait()

    assert {record.name: record.restart_count for record in table.records.values()} == {"c1": None, "d2": 2}
