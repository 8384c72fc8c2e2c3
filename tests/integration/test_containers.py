"""Containers of real dockerds, old and new: states, limits, networks, health and figures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiodocker import Docker
from aiodocker.containers import DockerContainer

from tests.supervised import Observed, supervised, until
from uma.feeds.docker.containers.model import Container, ContainersStatus
from uma.feeds.docker.containers.source import ContainersSource
from uma.feeds.feed import Demand
from uma.host import Host

from .dockerd import IMAGE, Dockerd

NEVER = 3600.0
MEBIBYTE = 1 << 20


@pytest.fixture
def dockerd(dockerd_of_suite: Dockerd) -> Dockerd:
    """Each of Debian's Dockers."""
    return dockerd_of_suite


@asynccontextmanager
async def observed_containers(dockerd: Dockerd, demand: Demand | None = None) -> AsyncIterator[Observed]:
    """Return the source's state of *dockerd* on this machine, once they are connected."""
    source = ContainersSource(Host(), socket=dockerd.socket, demand=demand or Demand(), poll_interval=NEVER)
    async with supervised(source) as observed:
        await observed.until_status("ok", 20)
        yield observed


async def run(docker: Docker, name: str, *command: str, **config: Any) -> DockerContainer:
    host_config = {"NetworkMode": "none", **config.pop("HostConfig", {})}
    described = {"Image": IMAGE, "Cmd": list(command), "StopSignal": "SIGKILL", "HostConfig": host_config, **config}
    return await docker.containers.run(described, name=name)


def newest(observed: Observed) -> dict[str, Container]:
    """The containers of the newest message, by name."""
    statuses = [message for message in observed.published if isinstance(message, ContainersStatus)]
    return {container.name: container for container in statuses[-1].containers}


async def until_container(observed: Observed, name: str, **fields: object) -> Container:
    """Wait until a container has *fields*."""

    def has_come() -> bool:
        container = newest(observed).get(name)
        return container is not None and all(getattr(container, key) == value for key, value in fields.items())

    await until(has_come, 20)
    return newest(observed)[name]


async def test_a_life_is_shown(dockerd: Dockerd) -> None:
    """Created, running, paused, renamed, ended and removed, each with Docker's facts."""
    labels = {
        "net.unraid.docker.managed": "dockerman",
        "net.unraid.docker.webui": "http://192.0.2.1:80/",
        "com.example.token": "secret",
    }
    async with dockerd.client() as docker, observed_containers(dockerd) as observed:
        assert newest(observed) == {}
        container = await docker.containers.create(
            {"Image": IMAGE, "Cmd": ["sh", "-c", "exit 3"], "Labels": labels, "HostConfig": {"Memory": 64 * MEBIBYTE}},
            name="one",
        )
        created = await until_container(observed, "one", state="created", managed_by="dockerman")
        assert (created.started_at, created.exit_code, created.id) == (None, None, container.id[:12])
        await container.start()
        ended = await until_container(observed, "one", state="exited", exit_code=3)
        assert ended.memory_limit_bytes == 64 * MEBIBYTE
        assert ended.webui == "http://192.0.2.1:80/"
        assert ended.started_at is not None
        await container.rename("two")
        await until_container(observed, "two", state="exited")
        assert "one" not in newest(observed)
        await container.delete()
        await until(lambda: newest(observed) == {})

    assert "secret" not in repr(observed.published)


async def test_pauses_and_containers_from_before(dockerd: Dockerd) -> None:
    """Containers from before the daemon's start are known completely, and a pause is noticed at once."""
    async with dockerd.client() as docker:
        container = await run(docker, "early", "sleep", "600", HostConfig={"RestartPolicy": {"Name": "always"}})
        async with observed_containers(dockerd) as observed:
            early = await until_container(observed, "early", state="running", restart_count=0)
            assert early.started_at is not None
            await container.pause()
            await until_container(observed, "early", state="paused")
            await container.unpause()
            await until_container(observed, "early", state="running")


async def test_a_memory_hog_is_killed_by_its_limit(dockerd: Dockerd) -> None:
    """OOM kills are counted, and the exit code is the kernel's."""
    hog = "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done"
    async with dockerd.client() as docker, observed_containers(dockerd) as observed:
        await run(docker, "hog", "sh", "-c", hog, HostConfig={"Memory": 16 * MEBIBYTE, "MemorySwap": 16 * MEBIBYTE})
        container = await until_container(observed, "hog", state="exited")
        await until(lambda: (newest(observed)["hog"].oom_kills or 0) >= 1)

    assert container.exit_code == 137


async def test_health_is_followed(dockerd: Dockerd) -> None:
    """Starting, healthy and unhealthy; null for one without a check."""
    check = {"Test": ["CMD", "test", "!", "-e", "/tmp/sick"], "Interval": 200_000_000, "Retries": 1}
    async with dockerd.client() as docker, observed_containers(dockerd) as observed:
        container = await run(docker, "checked", "sleep", "60", Healthcheck=check)
        await run(docker, "plain", "sleep", "60")
        await until_container(observed, "checked", health="healthy")
        await (await container.exec(["touch", "/tmp/sick"])).start(detach=True)
        await until_container(observed, "checked", health="unhealthy")
        assert newest(observed)["plain"].health is None
        async with observed_containers(dockerd) as second:
            await until_container(second, "checked", health="unhealthy")
        await container.stop()
        # Docker itself reports a stopped container as unhealthy.
        async with observed_containers(dockerd) as third:
            stopped = await until_container(third, "checked", state="exited", restart_count=0)
            assert stopped.health is None


async def test_a_restart_loop_counts(dockerd: Dockerd) -> None:
    """Restarts by the policy are counted, and between two tries it is restarting."""
    policy = {"RestartPolicy": {"Name": "always"}}
    async with dockerd.client() as docker, observed_containers(dockerd) as observed:
        container = await run(docker, "loop", "sh", "-c", "exit 7", HostConfig=policy)
        await until(lambda: ((newest(observed).get("loop") and newest(observed)["loop"].restart_count) or 0) >= 3, 20)
        looping = await until_container(observed, "loop", state="restarting")
        await container.delete(force=True)

    assert looping.exit_code == 7


async def test_networks_are_distinguished(dockerd: Dockerd) -> None:
    """Only a container's own network has figures; another's is named, the server's has none."""
    demand = Demand()
    async with dockerd.client() as docker, observed_containers(dockerd, demand) as observed:
        owner = await run(docker, "vpn", "sleep", "600")
        await run(docker, "guest", "sleep", "600", HostConfig={"NetworkMode": f"container:{owner.id}"})
        await run(docker, "open", "sleep", "600", HostConfig={"NetworkMode": "host"})
        with demand.held():
            await until(lambda: all(c.pids for c in newest(observed).values()) and len(newest(observed)) == 3)
        found = newest(observed)

    assert {name: c.network is not None for name, c in found.items()} == {"vpn": True, "guest": False, "open": False}
    assert {name: c.network_shared_with for name, c in found.items()} == {"vpn": None, "guest": "vpn", "open": None}
    assert found["guest"].network_mode == "container:vpn"
    assert found["open"].network_mode == "host"


async def test_figures_agree_with_docker_stats(dockerd: Dockerd) -> None:
    """Memory and processes match docker stats, CPU keeps to its quota; without demand all are null."""
    demand = Demand()
    async with dockerd.client() as docker, observed_containers(dockerd, demand) as observed:
        container = await run(docker, "busy", "sh", "-c", "while :; do :; done", HostConfig={"NanoCpus": 300_000_000})
        idle = await until_container(observed, "busy", state="running")
        assert (idle.cpu_percent, idle.memory_used_bytes, idle.pids) == (None, None, None)
        with demand.held():
            await until(lambda: newest(observed)["busy"].cpu_cores_used is not None)
            (stats,) = await container.stats(stream=False)
            busy = newest(observed)["busy"]
        await until(lambda: newest(observed)["busy"].cpu_percent is None, 10)

    # A third of a core; less on a machine that is busy itself.
    assert 0.05 < busy.cpu_cores_used < 0.4
    memory, detail = stats["memory_stats"]["usage"], stats["memory_stats"]["stats"]
    cache = detail.get("total_inactive_file", detail.get("inactive_file", 0))
    assert busy.memory_used_bytes == pytest.approx(memory - cache, abs=MEBIBYTE)
    assert busy.pids == stats["pids_stats"]["current"]


async def test_docker_inside_a_container(dockerd: Dockerd) -> None:
    """Docker in a container moves its processes into lower cgroups; the figures still cover the whole container.

    Not every test machine can run Docker in a container, so the move is made from outside.
    """
    demand = Demand()
    async with dockerd.client() as docker:
        container = await run(docker, "outer", "sh", "-c", "while :; do :; done", HostConfig={"NanoCpus": 200_000_000})
        pid = (await container.show())["State"]["Pid"]
        await asyncio.to_thread(move_below, pid, "init")
        assert Path(f"/proc/{pid}/cgroup").read_text().count(f"{container.id}/init\n") >= 1
        async with observed_containers(dockerd, demand) as observed:
            with demand.held():
                await until(lambda: newest(observed)["outer"].cpu_cores_used is not None, 20)
            outer = newest(observed)["outer"]

    assert outer.pids == 1
    assert outer.memory_used_bytes > 0
    assert outer.cpu_cores_used > 0


def move_below(pid: int, name: str) -> None:
    """Move a process into a new cgroup below its own, in every hierarchy in which a container has one."""
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        number, names, path = line.split(":", 2)
        if number != "0" and names not in ("memory", "cpu,cpuacct", "cpuacct", "cpu", "pids"):
            continue
        folder = Path("/sys/fs/cgroup", names, path.lstrip("/"), name)
        if path != "/" and folder.parent.is_dir():
            folder.mkdir()
            (folder / "cgroup.procs").write_text(str(pid))


async def test_docker_stops_and_comes_back(dockerd: Dockerd, tmp_path: Path) -> None:
    """A Docker that stops leaves no container behind; the next one is noticed without polling."""
    (tmp_path / "boot/config").mkdir(parents=True)
    (tmp_path / "boot/config/docker.cfg").write_text('DOCKER_ENABLED="yes"\n')
    source = ContainersSource(Host(tmp_path), socket=dockerd.socket, demand=Demand(), poll_interval=NEVER)
    async with dockerd.client() as docker, supervised(source) as observed:
        await run(docker, "one", "sleep", "600")
        await until_container(observed, "one", state="running")
        await asyncio.to_thread(dockerd.stop)
        await until(lambda: observed.published[-1].service == "stopped", 20)
        assert newest(observed) == {}
        await asyncio.to_thread(dockerd.start)
        await until_container(observed, "one", state="exited")
