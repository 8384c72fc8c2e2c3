"""A machine that fails the daemon: missing files, a full log, a wrong clock, no memory, no descriptors, a
dead drive.
"""

import asyncio
import itertools
import json
import os
import re
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.supervised import until as becomes_true
from tests.timed import IN_SECONDS

from .clients import crowd
from .daemon import STREAMS, Daemon
from .faults import UNMEASURED, fill, on_time, seconds_of, small_disk, states
from .programs import until

HOUR, DAY = 3600, 86400
MEMORY = 96 * 1024 * 1024

MakeDaemon = Callable[..., Daemon]


@IN_SECONDS
@pytest.mark.timeout(60)
async def test_the_state_files_are_gone_and_back(make_daemon: MakeDaemon, tower: Path) -> None:
    """If their folder is gone for 12 s, the last good state lasts for 10 s, then unknown; afterwards it is read within
    1 s.
    """
    daemon = make_daemon()
    daemon.configure(STATS_INTERVAL=1)
    await asyncio.to_thread(daemon.start)
    folder = tower / "var/local/emhttp"
    async with crowd(daemon) as people, on_time(people):
        client = await people.join("storage/status")
        await becomes_true(lambda: bool(client.frames))
        folder.rename(folder.with_name("gone"))
        gone = time.monotonic()
        await asyncio.to_thread(until, lambda: daemon.health()["sources"]["storage"]["status"] != "ok", 5)
        await becomes_true(lambda: states(client)[-1] == "unknown", 20)
        stood = time.monotonic() - gone
        folder.with_name("gone").rename(folder)
        back = time.monotonic()
        await becomes_true(lambda: states(client)[-1] == "started", 10)
        took = time.monotonic() - back
        await asyncio.to_thread(daemon.until_source, "storage", "ok")

    assert states(client) == ["started", "unknown", "started"]
    assert 9 < stood < 13
    assert took < 2


async def test_the_logs_disk_is_full(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """Lines without room are lost and nothing else is; with room there are lines again."""
    with small_disk(tmp_path / "log") as disk:
        daemon = make_daemon()
        daemon.log = disk / "uma.log"
        daemon.configure(STATS_INTERVAL=1)
        await asyncio.to_thread(daemon.start)
        async with crowd(daemon) as people, on_time(people):
            filler = fill(disk)
            before = daemon.log.stat().st_size
            daemon.config_file.write_text('STATS_INTERVAL="1"\nMAX_CONNECTIONS="1"\n' + "nonsense\n" * 90)
            daemon.program.signal(1)
            await asyncio.to_thread(
                until, lambda: daemon.health()["streams"]["system/stats"]["limit"] == 1, what="the reload"
            )
            # What was left of the last page.
            assert daemon.log.stat().st_size - before < 4096
            filler.unlink()
            await asyncio.to_thread(daemon.reload, STATS_INTERVAL=1, MAX_CONNECTIONS=5)
        await asyncio.to_thread(daemon.stop)
        assert "daemon stopped" in daemon.log.read_text()


CLOCK = """
import time
ticks, nanoticks, file = time.time, time.time_ns, {file!r}
def off():
    with open(file) as text:
        return int(text.read())
time.time = lambda: ticks() + off()
time.time_ns = lambda: nanoticks() + off() * 1_000_000_000
"""
"""A clock that can be set without setting everybody's. (libfaketime has time.sleep fail when it is set back.)"""


def with_defect(daemon: Daemon, folder: Path, code: str, **words: object) -> Daemon:
    """The same daemon, which runs *code* before anything else, or ends if that fails."""
    (folder / "site").mkdir()
    (folder / "site/defect.py").write_text(code.format(**words))
    # Python itself would only mention an error here, and start.
    (folder / "site/sitecustomize.py").write_text(
        "import os, traceback\ntry:\n    import defect\nexcept Exception:\n    traceback.print_exc()\n    os._exit(1)\n"
    )
    return daemon.under(*UNMEASURED, f"PYTHONPATH={folder / 'site'}")


def set_clock(file: Path, seconds: int) -> None:
    """Set the daemon's clock off by *seconds*."""
    unfinished = file.with_suffix(".new")
    unfinished.write_text(f"{seconds:+d}\n")
    unfinished.replace(file)


@pytest.mark.timeout(90)
async def test_the_clock_is_set(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """An hour back, then a day forward: samples keep their interval and have the new time, in order; events
    come once.
    """
    offset = tmp_path / "offset"
    set_clock(offset, 0)
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = with_defect(make_daemon(docker_socket=docker.socket), tmp_path, CLOCK, file=str(offset))
        daemon.configure(STATS_INTERVAL=1, STORAGE_INTERVAL=5)
        await asyncio.to_thread(daemon.start)
        await becomes_true(lambda: docker.streams == DAEMON_STREAMS)
        async with crowd(daemon) as people, on_time(people):
            samples, events, storage = [await people.join(stream) for stream in STREAMS]
            names = []
            for off in (0, -HOUR, DAY, 0):
                set_clock(offset, off)
                # The day's jump has left no message overdue, nor the hour back one that is from the future for long.
                assert "healthy" == (await asyncio.to_thread(daemon.health))["status"]
                for turn in range(3):
                    names.append(f"off{off}-{len(names)}")
                    docker.emit(docker_event("start", names[-1], at=time.time_ns() + off * 1_000_000_000 + turn))
                # A break, after which events are asked for again from the last one on.
                asked = len(docker.asked_since)
                docker.end_streams()
                names.append(f"off{off}-{len(names)}")
                docker.emit(docker_event("start", names[-1], at=time.time_ns() + off * 1_000_000_000))
                await becomes_true(lambda asked=asked: len(docker.asked_since) == asked + DAEMON_STREAMS, 20)
                heard = len(samples.frames), len(storage.frames)
                await becomes_true(lambda heard=heard: len(samples.frames) > heard[0] + 2, 10)
                shown = json.loads(samples.frames[-1])
                assert abs(seconds_of(shown["timestamp"]) - time.time() - off) < 5
                assert 0 <= shown["data"]["uptime"] < DAY * 3650
                times = (await asyncio.to_thread(daemon.get, "/api/v1/system/stats/history"))["timestamp"]
                assert times == sorted(times)
                assert abs(times[-1] - time.time() - off) < 5
                assert "healthy" == (await asyncio.to_thread(daemon.health))["status"]
            await becomes_true(lambda: len(events.frames) == len(names))
            await becomes_true(lambda: len(storage.frames) >= 3, 20)
        uptimes = [json.loads(frame)["data"]["uptime"] for frame in samples.frames]
        assert names == [json.loads(frame)["data"]["container_name"] for frame in events.frames]
        assert all(0 <= later - earlier <= 3 for earlier, later in itertools.pairwise(uptimes))


@contextmanager
def memory_cgroup(limit: int) -> Iterator[Path]:
    """A control group with no more memory than *limit*, of either kind."""
    for parent, file, more in (
        (Path("/sys/fs/cgroup"), "memory.max", "memory.swap.max"),
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", ""),
    ):
        group = parent / f"uma-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if not (group / file).exists():
                continue
            (group / file).write_text(str(limit))
            if more and (group / more).exists():
                (group / more).write_text("0")
            yield group
            return
        finally:
            group.rmdir()
    pytest.skip("no control group with a limit of memory can be made here")


def most_used(group: Path) -> int:
    """The most memory that the group ever had."""
    file = next(file for name in ("memory.peak", "memory.max_usage_in_bytes") if (file := group / name).exists())
    return int(file.read_text())


@pytest.mark.timeout(120)
async def test_96_mb_under_full_load(make_daemon: MakeDaemon, tmp_path: Path, tower: Path) -> None:
    """With 300 clients, a storm of events, scrapes and requests to all addresses it stays within 96 MB."""
    with memory_cgroup(MEMORY) as group:
        async with FakeDocker(tmp_path / "docker.sock") as docker:
            daemon = make_daemon(docker_socket=docker.socket).under(
                *("sh", "-c", f'echo $$ >{group}/cgroup.procs && exec "$@"', "sh", *UNMEASURED)
            )
            daemon.configure(STATS_INTERVAL=1, STORAGE_INTERVAL=5)
            await asyncio.to_thread(daemon.start)
            await becomes_true(lambda: docker.streams == DAEMON_STREAMS)
            disks = tower / "var/local/emhttp/disks.ini"
            async with crowd(daemon) as people, on_time(people):
                for stream in STREAMS:
                    await people.fill(stream, 99)
                followers = [each for each in people.listeners if each.stream == "docker/events"]
                names = []
                for turn in range(40):
                    for _ in range(25):
                        names.append(f"c{len(names)}")
                        docker.emit(docker_event("start", names[-1], at=time.time_ns(), image="x" * 600))
                    text = re.sub('^temp="[0-9]+"$', f'temp="{30 + turn % 9}"', disks.read_text(), flags=re.MULTILINE)
                    disks.write_text(text)
                    for path in ("/metrics", "/api/v1/openapi.json", "/api/v1/system/stats/history", "/"):
                        assert 200 == (await people.get(path))[0]
                    await becomes_true(lambda: all(len(each.frames) == len(names) for each in followers), 20)
                for follower in followers:
                    assert names == [json.loads(frame)["data"]["container_name"] for frame in follower.frames]
            used = most_used(group)
            await asyncio.to_thread(daemon.stop)
    print(f"most memory: {used / 1e6:.1f} MB")  # noqa: T201 - pytest shows it where it is asked to
    assert used < MEMORY


@pytest.mark.timeout(60)
async def test_descriptors_run_out(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """Without descriptors present clients stay, and requests that need none are answered; afterwards all is as
    before.
    """
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = make_daemon(docker_socket=docker.socket)
        # Another user's limits are not ours to set.
        daemon.configure(STATS_INTERVAL=1, FENCE_USER="no")
        await asyncio.to_thread(daemon.start)
        await asyncio.to_thread(daemon.until_source, "docker", "ok")
        process = daemon.program.process.pid
        before = resource.prlimit(process, resource.RLIMIT_NOFILE)
        async with crowd(daemon) as people:
            clients = await people.fill("system/stats", 20)
            followers = await people.fill("docker/events", 20)
            await becomes_true(lambda: all(client.frames for client in clients))
            resource.prlimit(process, resource.RLIMIT_NOFILE, (psutil.Process(process).num_fds(), before[1]))
            with ExitStack() as sockets:
                # Connections that are not accepted wait in the kernel.
                for _ in range(30):
                    sockets.enter_context(closing(await connected(daemon)))
                await asyncio.to_thread(daemon.program.until_output, "connections not accepted")
                for second in range(1, 4):
                    docker.emit(docker_event("start", f"c{second}", at=time.time_ns()))
                    await asyncio.sleep(1)
                    assert {second} == {len(follower.frames) for follower in followers}
                assert {None} == {client.close_code for client in people.listeners}
            resource.prlimit(process, resource.RLIMIT_NOFILE, before)
            await asyncio.to_thread(until, lambda: daemon.health()["status"] == "healthy", 30)
            heard = [len(client.frames) for client in clients]
            await becomes_true(lambda: all(len(c.frames) > count for c, count in zip(clients, heard, strict=True)))
            await people.fill("system/stats", 20)
    log = daemon.log.read_text()
    assert log.count("connections not accepted") == 1
    assert len(log.splitlines()) < 40
    # What a source had to open it could not.
    assert "Traceback" not in log


async def connected(daemon: Daemon) -> asyncio.Transport:
    """A connection that says nothing."""
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.1", daemon.port)
    return transport


@IN_SECONDS
async def test_few_descriptors(make_daemon: MakeDaemon) -> None:
    """With room for 32 connections, 500 silent ones exclude no other client, and the log stays short."""
    daemon = make_daemon().under("prlimit", "--nofile=128")
    daemon.configure(STATS_INTERVAL=1)
    await asyncio.to_thread(daemon.start)
    async with crowd(daemon) as people, on_time(people):
        with ExitStack() as sockets:
            for _ in range(500):
                sockets.enter_context(closing(await connected(daemon)))
            began = time.monotonic()
            status, _ = await people.get("/api/v1/health")
            took = time.monotonic() - began
    assert status == 200
    assert took < 3
    assert len(daemon.log.read_text().splitlines()) < 20


STUCK_SMARTCTL = """#!/bin/sh
trap '' TERM
echo $$ >>{asked}
while :; do sleep 3600; done
"""


@IN_SECONDS
@pytest.mark.timeout(60)
async def test_smartctl_never_returns(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """A smartctl that never returns delays no stream, and the daemon ends in time; so does smartctl."""
    asked = tmp_path / "asked"
    program = tmp_path / "bin/smartctl"
    program.parent.mkdir()
    program.write_text(STUCK_SMARTCTL.format(asked=asked))
    program.chmod(0o755)
    daemon = make_daemon().under("env", f"PATH={program.parent}:{os.environ['PATH']}")
    daemon.configure(STATS_INTERVAL=1, SMART="query")
    await asyncio.to_thread(daemon.start)
    async with crowd(daemon) as people, on_time(people):
        storage = await people.join("storage/status")
        await becomes_true(asked.exists, 20)
        await becomes_true(lambda: bool(storage.frames))
        await asyncio.sleep(4)
        assert 200 == (await people.get("/metrics"))[0]
    took = await asyncio.to_thread(daemon.stop)
    assert took < 2
    await becomes_true(lambda: not any(map(psutil.pid_exists, map(int, asked.read_text().split()))))


STUCK = """
import os, time, uma.feeds.files
open_at_once = uma.feeds.files.open_at_once
def hang(path, flags):
    while os.path.exists({file!r}):
        open({seen!r}, "w").close()
        time.sleep(0.05)
    return open_at_once(path, flags)
uma.feeds.files.open_at_once = hang
"""
"""Code that makes every open of a state file wait while a file exists."""


@IN_SECONDS
@pytest.mark.timeout(120)
async def test_a_thread_is_stuck(make_daemon: MakeDaemon, tower: Path, tmp_path: Path) -> None:
    """If a flash drive does not answer a read, samples continue, health says so, and the daemon ends in time."""
    stuck = tmp_path / "stuck"
    seen = tmp_path / "seen"
    daemon = with_defect(make_daemon(), tmp_path, STUCK, file=str(stuck), seen=str(seen))
    # The defect notes in a file that it was met, which the fence would refuse.
    daemon.configure(STATS_INTERVAL=1, STORAGE_INTERVAL=5, FENCE_FILES="no", FENCE_USER="no")
    await asyncio.to_thread(daemon.start)
    async with crowd(daemon) as people, on_time(people):
        storage = await people.join("storage/status")
        await becomes_true(lambda: bool(storage.frames))
        for is_last in (False, True):
            seen.unlink(missing_ok=True)
            stuck.touch()
            with (tower / "var/local/emhttp/var.ini").open("a") as file:
                file.write("\n")
            await becomes_true(seen.exists)
            assert 200 == (await people.get("/metrics"))[0]
            if not is_last:
                await asyncio.to_thread(until, lambda: daemon.health()["status"] == "degraded", 30)
                stuck.unlink()
                heard = len(storage.frames)
                await becomes_true(lambda heard=heard: len(storage.frames) > heard, 20)
                assert "healthy" == (await asyncio.to_thread(daemon.health))["status"]
        assert None is storage.close_code
    took = await asyncio.to_thread(daemon.stop)
    assert took < 2


DEFECT = """
import os, uma.feeds.system.reader
read = uma.feeds.system.reader.Reader.read
def fail(self):
    if os.path.exists({file!r}):
        raise ZeroDivisionError("a defect")
    return read(self)
uma.feeds.system.reader.Reader.read = fail
"""
"""Code that makes the source of the samples fail while a file exists."""


@pytest.mark.timeout(60)
async def test_a_source_has_a_defect(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """While one source fails, the others' clients notice nothing, and its own get messages again."""
    broken = tmp_path / "broken"
    daemon = with_defect(make_daemon(), tmp_path, DEFECT, file=str(broken))
    daemon.configure(STATS_INTERVAL=1, STORAGE_INTERVAL=5)
    await asyncio.to_thread(daemon.start)
    async with crowd(daemon) as people:
        samples, storage = await people.join("system/stats"), await people.join("storage/status")
        await becomes_true(lambda: len(samples.frames) > 1)
        broken.touch()
        await asyncio.to_thread(daemon.until_source, "system", "failed")
        health = await asyncio.to_thread(daemon.health)
        heard = len(storage.frames)
        await becomes_true(lambda: len(storage.frames) > heard, 20)
        count = len(samples.frames)
        broken.unlink()
        await becomes_true(lambda: len(samples.frames) > count + 2, 20)
        await asyncio.to_thread(daemon.until_source, "system", "ok")
        assert None is samples.close_code
    log = daemon.log.read_text()
    # The defect's own are meant to be there, and not many.
    assert 1 <= log.count("ZeroDivisionError: a defect") < 10
    daemon.log.write_text(log.replace("Traceback", "(traceback)"))

    assert (health["status"], health["sources"]["system"]["status"]) == ("degraded", "failed")
    assert health["sources"]["system"]["detail"] == "ZeroDivisionError: a defect"
