"""The plugin on a busy server: the array stops, and the daemon is killed repeatedly."""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.array_writer import Resync, array, disk, nvme, pool
from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.supervised import until
from tests.timed import IN_SECONDS

from ..integration.clients import Listener, crowd
from ..integration.daemon import STREAMS
from ..integration.faults import fill, small_disk, states
from ..integration.nightly import times
from ..integration.test_no_wake import suspects
from .server import Server

PLACES = 100
KILLS = times(10, 50)
POOLS = [pool("cache", nvme(), nvme(), profile="raid1", capacity="1TB")]


@dataclass(frozen=True)
class Address:
    """Address of a server's daemon."""

    server: str

    def stream_url(self, stream: str) -> str:
        """The WebSocket address of *stream*."""
        return f"ws://{self.server}/api/v1/ws/{stream}"


def address(server: Server) -> Address:
    """Its daemon's."""
    return Address(f"127.0.0.1:{server.port}")


@asynccontextmanager
async def storm(docker: FakeDocker) -> AsyncIterator[None]:
    """A container event every 50 ms, to each of a hundred clients."""

    async def blow() -> None:
        for number in itertools.count():
            docker.emit(docker_event("start", f"c{number}", at=time.time_ns()))
            await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as tasks:
        blowing = tasks.create_task(blow(), name="storm")
        yield
        blowing.cancel()


def write_state(server: Server, turn: int, fs_state: str = "Started") -> None:
    """Write emhttpd's state of the array, with a parity check in progress, and notify its plugins."""
    disks = [disk(temp=str(30 + turn % 9)), disk(), disk()]
    is_checking = fs_state == "Started"
    resync = Resync("check P", share=0.01 * (1 + turn % 99)) if is_checking else None
    array(disks=disks, pools=POOLS, fs_state=fs_state, resync=resync).write_to(server.root)
    done = server.event("any_event")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@IN_SECONDS
@pytest.mark.timeout(120)
async def test_the_array_stops(server: Server) -> None:
    """300 clients, a parity check and a storm of events keep nothing open below /mnt, and it stops within 2 s."""
    for place in ("mnt/disk1/film", "mnt/user/film", "mnt/cache/appdata"):
        (server.root / place).mkdir(parents=True)
    found: set[str] = set()
    async with FakeDocker(server.root / "var/run/docker.sock") as docker:
        await asyncio.to_thread(write_state, server, 0)
        assert (await asyncio.to_thread(server.rc, "start")).returncode == 0
        await until(lambda: docker.streams == DAEMON_STREAMS)
        async with crowd(address(server)) as people:
            for stream in STREAMS:
                await people.fill(stream, PLACES)
            followers: list[Listener] = [each for each in people.listeners if each.stream == "docker/events"]
            storage = next(each for each in people.listeners if each.stream == "storage/status")
            async with storm(docker):
                for turn in range(12):
                    fs_state = "Started" if turn < 8 else "Stopping" if turn < 10 else "Stopped"
                    await asyncio.to_thread(write_state, server, turn, fs_state)
                    for _ in range(10):
                        found |= suspects(server.pid)
                        await asyncio.sleep(0.02)
                await until(lambda: states(storage)[-1] == "stopped")
                assert {None} == {each.close_code for each in people.listeners}
                heard = len(followers[0].frames)
                await until(lambda: len(followers[0].frames) > heard)
                began = time.monotonic()
                done = await asyncio.to_thread(server.rc, "stop")
                took = time.monotonic() - began
            await until(lambda: all(each.close_code is not None for each in people.listeners))
            codes = {each.close_code for each in people.listeners}

    assert done.stdout.endswith("Stopped.\n")
    assert took < 2
    assert codes == {1001}
    assert found == set()
    assert states(storage) == ["started", "stopping", "stopped"]
    assert "running" in {frame.split('"parity_check":')[1].split('"')[7] for frame in storage.frames}
    assert not server.daemons()
    assert not server.supervisors()


@pytest.mark.timeout(60 + 10 * KILLS)
async def test_killed_and_started_again_time_after_time(server: Server) -> None:
    """After each of many kills rc.uma restarts it, a client gets its message, and nothing is left over."""
    for _ in range(KILLS):
        done = await asyncio.to_thread(server.rc, "start")
        assert done.stdout.endswith("Started.\n"), done.stdout
        async with crowd(address(server)) as people:
            client = await people.join("storage/status")
            await until(lambda client=client: bool(client.frames))
            os.kill(server.pid, signal.SIGKILL)
            await until(lambda client=client: client.close_code is not None)
        assert client.close_code == 1006
    done = await asyncio.to_thread(server.rc, "start")
    assert done.stdout.endswith("tarted.\n")
    assert server.daemons() == [server.pid]
    await until(lambda: len(server.supervisors()) == 1)
    assert (await asyncio.to_thread(server.rc, "stop")).returncode == 0
    assert server.left_in_run() == []


def test_no_room_for_the_pid_file(server: Server) -> None:
    """On a full file system a start fails at once and leaves nothing that a stop would miss; with room it starts."""
    with small_disk(server.pid_file.parent) as disk:
        filler = fill(disk)
        began = time.monotonic()
        done = server.rc("start")
        took = time.monotonic() - began
        assert done.returncode == 1
        assert done.stdout.endswith("Failed.\n  It is not tried again; syslog says why: grep uma /var/log/syslog\n")
        assert (server.daemons(), server.supervisors()) == ([], [])
        assert f"UMA was not started: {server.pid_file} can't be written" in server.log
        assert took < 10
        filler.unlink()
        assert server.rc("start").stdout.endswith("Started.\n")
        assert server.daemons() == [server.pid]
        assert server.rc("stop").returncode == 0
