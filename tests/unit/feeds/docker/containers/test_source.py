"""The containers source with a fake that speaks Docker's protocol and misbehaves on command."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.fakes.docker import CUT, ERROR, GARBAGE, ODD, SILENCE, FakeDocker, docker_event
from tests.supervised import Observed, supervised, until
from uma.feeds.blocking import BlockingReads
from uma.feeds.docker.containers.model import Container, ContainersStatus
from uma.feeds.docker.containers.source import ContainersSource
from uma.feeds.docker.socket import BRISK_TRIES
from uma.feeds.feed import Demand
from uma.host import Host

from .answers import inspected, state
from .test_cgroups import CGROUP_V2, ID, V2, tree

SECOND = 1_000_000_000
START = 1_795_416_741 * SECOND
NEVER = 3600.0


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "docker.sock"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return tree(tmp_path / "host", V2, CGROUP_V2)


def source(host: Host, socket: Path, demand: Demand | None = None, patience: float = 20) -> ContainersSource:
    """A source without polling; its *patience* is short only if Docker is silent."""
    return ContainersSource(
        host,
        socket=socket,
        demand=demand or Demand(),
        answer_timeout=patience,
        ping_interval=NEVER,
        poll_interval=NEVER,
        now=lambda: START,
    )


def containers(observed: Observed) -> dict[str, Container]:
    """The containers of the newest message, by name."""
    statuses = [message for message in observed.published if isinstance(message, ContainersStatus)]
    return {container.name: container for container in statuses[-1].containers} if statuses else {}


async def until_container(observed: Observed, name: str, **fields: object) -> Container:
    """Wait until a container has *fields*."""
    await until(
        lambda: (
            name in containers(observed)
            and all(getattr(containers(observed)[name], key) == value for key, value in fields.items())
        )
    )
    return containers(observed)[name]


def add(docker: FakeDocker, container: str, status: str = "running", **changes: Any) -> None:
    """Add a container of this two-letter name to Docker."""
    docker.states[container * 32], docker.names[container * 32] = status, container
    docker.inspected[container * 32] = inspected(container * 32, container, **changes)


async def test_a_container_is_listed_and_inspected_once(host: Host, socket: Path) -> None:
    """One list, one inspect of each, and only events of changes: no exec of a health check is requested."""
    async with FakeDocker(socket) as docker:
        add(docker, "c1")
        async with supervised(source(host, socket)) as observed:
            await until_container(observed, "c1", restart_count=2, started_at="2026-11-29T17:47:56Z")
            await observed.until_status("ok")

    assert sorted(docker.requests) == sorted(["/version", "/containers/json", f"/containers/{ID}/json", "/events"])
    (filters,) = docker.asked_filters
    assert filters["type"] == ["container"]
    assert not [event for event in filters["event"] if event.startswith("exec")]
    assert docker.asked_since == ["1795416741.000000000"]


async def test_only_changes_are_inspected(host: Host, socket: Path) -> None:
    """A pause, a kill and an oom need no inspect; a death and a health event do."""
    async with FakeDocker(socket) as docker:
        add(docker, "c1")
        async with supervised(source(host, socket)) as observed:
            await until_container(observed, "c1", restart_count=2)
            await observed.until_status("ok")
            docker.emit(*(docker_event(a, at=START + n) for n, a in enumerate(["pause", "unpause", "kill", "oom"])))
            await until_container(observed, "c1", oom_kills=3)
            assert docker.requests.count(f"/containers/{ID}/json") == 1
            add(docker, "c1", State=state("exited", 137))
            docker.emit(docker_event("die", at=START + 9, exitCode="137"))
            await until_container(observed, "c1", state="exited", exit_code=137)
            await until(lambda: docker.requests.count(f"/containers/{ID}/json") == 2)


async def test_a_new_container_is_listed(host: Host, socket: Path) -> None:
    """A created container is shown at once, and with its labels soon."""
    async with FakeDocker(socket) as docker, supervised(source(host, socket)) as observed:
        await observed.until_status("ok")
        docker.states["d2" * 32], docker.names["d2" * 32] = "created", "d2"
        docker.labels = {"com.docker.compose.project": "media"}
        docker.emit(docker_event("create", "d2", at=START + 1))
        await until_container(observed, "d2", state="created", compose_project="media", managed_by="compose")


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are taken each half second."""
    monkeypatch.setattr("uma.feeds.docker.containers.source.FIRST_GAP_SECONDS", 0.2)
    monkeypatch.setattr("uma.feeds.docker.containers.source.FIGURES_SECONDS", 0.5)


@pytest.mark.usefixtures("brisk")
async def test_figures_are_on_demand(host: Host, socket: Path) -> None:
    """Without demand figures are null. With demand memory comes at once, rates after the second sample; then null
    again.
    """
    demand = Demand()
    async with FakeDocker(socket) as docker:
        add(docker, "c1")
        async with supervised(source(host, socket, demand)) as observed:
            c = await until_container(observed, "c1", restart_count=2, oom_kills=2)
            assert (c.cpu_percent, c.memory_used_bytes, c.pids, c.network) == (None, None, None, None)
            with demand.held():
                await until_container(observed, "c1", memory_used_bytes=331350016, pids=37)
                await until_container(observed, "c1", cpu_percent=0.0)
            await until_container(observed, "c1", memory_used_bytes=None)
    statuses = [message for message in observed.published if isinstance(message, ContainersStatus)]
    measured = [c for status in statuses for c in status.containers if c.memory_used_bytes is not None]
    assert measured[0].cpu_percent is None


@pytest.mark.usefixtures("brisk")
async def test_a_cgroup_that_vanishes_costs_itself(host: Host, socket: Path) -> None:
    """A container whose cgroup vanishes during the measurement has null; the others keep their figures."""
    demand = Demand()
    async with FakeDocker(socket) as docker:
        add(docker, "c1")
        add(docker, "d2")
        with demand.held():
            async with supervised(source(host, socket, demand)) as observed:
                await until_container(observed, "c1", pids=37)
                assert containers(observed)["d2"].pids is None
                for file in (host.root / f"sys/fs/cgroup/docker/{ID}").iterdir():
                    file.unlink()
                await until_container(observed, "c1", pids=None)


async def test_unraids_files_are_followed(host: Host, socket: Path) -> None:
    """A change of the autostart list shows within a second, without a poll in between."""
    folder = host.root / "var/lib/docker"
    folder.mkdir(parents=True)
    async with FakeDocker(socket) as docker:
        add(docker, "c1")
        async with supervised(source(host, socket)) as observed:
            await until_container(observed, "c1", autostart=False)
            await observed.until_status("ok")
            (folder / "unraid-autostart").write_text("c1 5\n")
            await until_container(observed, "c1", autostart=True, autostart_wait_seconds=5)


@pytest.mark.parametrize(("enabled", "service"), [("no", "disabled"), ("yes", "stopped")])
async def test_a_docker_that_is_not_there_is_normal(host: Host, socket: Path, enabled: str, service: Any) -> None:
    """The message gives the reason; a new Docker is noticed without polling."""
    (host.flash_config).mkdir(parents=True)
    (host.flash_config / "docker.cfg").write_text(f'DOCKER_ENABLED="{enabled}"\n')
    async with supervised(source(host, socket)) as observed:
        await observed.until_status("unavailable")
        assert observed.published == [ContainersStatus(service, None, (), demo=False)]
        async with FakeDocker(socket) as docker:
            add(docker, "c1")
            await observed.until_status("ok")
            await until_container(observed, "c1")


NONSENSE = {
    ("version", GARBAGE): "Docker's response to GET /version is invalid",
    ("containers/json", GARBAGE): "Docker's response to GET /containers/json is invalid",
    ("containers/json", ODD): "Docker's response to GET /containers/json is invalid",
    ("containers/json", ERROR): "Docker answered GET /containers/json with 500: out of paper",
    ("containers/json", SILENCE): "no response from Docker to GET /containers/json within 0.5 s",
    ("events", ODD): "Docker's event stream holds an invalid event",
    ("events", SILENCE): "no response from Docker to GET /events within 0.5 s",
}


@pytest.mark.parametrize(("path", "fault"), NONSENSE)
async def test_a_docker_that_does_not_work_is_failed(host: Host, socket: Path, path: str, fault: str) -> None:
    """Nonsense, 500 and silence show in health, and end when Docker works again."""
    patience = 0.5 if fault == SILENCE else 20
    with capture_logs() as logs:
        async with FakeDocker(socket) as docker, supervised(source(host, socket, patience=patience)) as observed:
            docker.faults[path] = fault
            await observed.until_status("failed")
            assert observed.health.detail.startswith(NONSENSE[path, fault])
            del docker.faults[path]
            await observed.until_status("ok")

    assert "source crashed" not in [line["event"] for line in logs]


@pytest.mark.parametrize("fault", [None, GARBAGE, ERROR, SILENCE, CUT])
async def test_a_failed_inspect_costs_itself(host: Host, socket: Path, fault: str | None) -> None:
    """A container that can't be inspected shows the list's values; the others are complete."""
    async with FakeDocker(socket) as docker:
        add(docker, "c1")
        add(docker, "d2")
        del docker.inspected["d2" * 32]
        if fault is not None:
            docker.faults[f"containers/{'d2' * 32}/json"] = fault
        # All containers of a list are inspected at once, so the patience is also for the one that answers.
        patience = 3 if fault == SILENCE else 20
        async with supervised(source(host, socket, patience=patience)) as observed:
            await until_container(observed, "c1", restart_count=2)
            d2 = await until_container(observed, "d2", state="running")
            await observed.until_status("ok")

    assert (d2.restart_count, d2.started_at) == (None, None)
    assert observed.board.history == ["ok"]


async def test_two_hundred_containers_are_met(host: Host, socket: Path) -> None:
    """All are inspected, a few at a time, and shown."""
    async with FakeDocker(socket) as docker:
        for number in range(200):
            add(docker, f"{number:02x}" if number < 256 else "")
        async with supervised(source(host, socket)) as observed:
            await until(lambda: len([c for c in containers(observed).values() if c.restart_count == 2]) == 200, 30)


async def test_a_hanging_flash_drive_costs_only_the_space(
    host: Host, socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits of docker.img are read from it; containers are listed and followed all the same."""
    answers = threading.Event()
    monkeypatch.setattr("uma.feeds.docker.containers.source.read_image_storage", lambda _: answers.wait(60) and None)
    made = source(host, socket)
    made._space = BlockingReads("x", seconds=0.05)
    async with FakeDocker(socket) as docker:
        add(docker, "c1")
        try:
            async with supervised(made) as observed:
                await until_container(observed, "c1", restart_count=2)
                docker.emit(docker_event("pause", at=START + 1))
                await until_container(observed, "c1", state="paused")
                assert observed.published[-1].image_storage is None
        finally:
            answers.set()


async def test_stopping_leaves_nothing_behind(host: Host, socket: Path) -> None:
    """If cancelled at any stage it ends at once, and leaves no task or descriptor."""
    demand = Demand()
    for fault in (None, "version", "containers/json", "events", f"containers/{ID}/json"):
        async with FakeDocker(socket) as docker:
            add(docker, "c1")
            before = asyncio.all_tasks(), descriptors()
            docker.faults = {} if fault is None else {fault: SILENCE}
            with demand.held():
                async with supervised(source(host, socket, demand)):
                    last = fault or f"{ID}/json"
                    await until(lambda last=last: any(request.endswith(last) for request in docker.requests))
            await until(lambda before=before: (asyncio.all_tasks(), descriptors()) == before)
    assert not demand.listeners


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def demo(tmp_path: Path) -> Host:
    """A demo tree with one recorded container."""
    (tmp_path / "demo").mkdir()
    recording = {
        "cpus": 8,
        "image_storage": {"kind": "vdisk", "size_bytes": 10, "used_bytes": 5, "usage_percent": 50.0},
        "inspected": [inspected()],
        "figures": {"plex": {"cpu_cores": 0.5, "memory_bytes": 100, "pids": 3}},
    }
    (tmp_path / "demo/containers.json").write_text(json.dumps(recording))
    return Host(tmp_path)


async def test_the_demo_tree_shows_containers(demo: Host, socket: Path) -> None:
    """Without a Docker, a demo tree's recording is shown and marked, and health says so."""
    async with supervised(source(demo, socket)) as observed:
        await observed.until_status("ok")
        plex = await until_container(observed, "plex", state="running", pids=3)

    assert plex.cpu_percent is not None
    assert observed.published[-1].demo
    assert "demo" in observed.health.detail


async def test_the_demo_moves_between_looks_for_a_docker(
    demo: Host, socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demo's figures come every FIGURES_SECONDS, however long it is until the next look at the socket."""
    monkeypatch.setattr("uma.feeds.docker.containers.source.BRISK", 0.0)
    monkeypatch.setattr("uma.feeds.docker.containers.source.FIGURES_SECONDS", 0.0)
    async with supervised(source(demo, socket)) as observed:
        await until(lambda: len(observed.published) > 2 * BRISK_TRIES)
