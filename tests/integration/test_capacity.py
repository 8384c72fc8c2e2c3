"""A hundred clients on each address at once, for ten seconds, or for ``UMA_CAPACITY_SECONDS``."""

import asyncio
import itertools
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.supervised import until

from .clients import Crowd, Listener, crowd
from .daemon import STREAMS, Daemon

CAPACITY = 100
SECONDS = float(os.environ.get("UMA_CAPACITY_SECONDS", "10"))
STATES = ("system/stats", "storage/status")


async def messages_of(daemon: Daemon, stream: str) -> int:
    """Return the number of messages of *stream*."""
    count: int = (await asyncio.to_thread(daemon.health))["streams"][stream]["messages"]
    return count


async def join_knowingly(people: Crowd, daemon: Daemon, stream: str) -> tuple[Listener, int]:
    """Join a first client; return it and the number of its first message."""
    await asyncio.to_thread(daemon.newest, stream)
    while True:
        before = await messages_of(daemon, stream)
        listener = await people.join(stream)
        if before == await messages_of(daemon, stream):
            return listener, before
        await people.dismiss(listener)


async def let_happen(docker: FakeDocker, tower: Path) -> list[str]:
    """Start containers and warm a disk up for a while; return the containers' names."""
    disks = tower / "var/local/emhttp/disks.ini"
    names: list[str] = []
    deadline = time.monotonic() + SECONDS
    for number in itertools.count(1):
        names.append(f"c{number}")
        docker.emit(docker_event("start", names[-1], at=time.time_ns()))
        if number % 20 == 0:
            disks.write_text(
                re.sub('^temp="[0-9]+"$', f'temp="{30 + number // 20 % 9}"', disks.read_text(), flags=re.MULTILINE)
            )
        if time.monotonic() > deadline:
            return names
        await asyncio.sleep(0.1)
    raise AssertionError


@pytest.mark.timeout(60 + SECONDS * 2)
async def test_100_clients_on_each_address(make_daemon: Callable[..., Daemon], tower: Path, tmp_path: Path) -> None:
    """Each of 100 clients of each address gets every message; the 101st gets 503, and a place once one has left."""
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = make_daemon(docker_socket=docker.socket)
        daemon.configure(STATS_INTERVAL=1, STORAGE_INTERVAL=5)
        await asyncio.to_thread(daemon.start)
        await until(lambda: docker.streams == DAEMON_STREAMS)
        async with crowd(daemon) as people:
            first = {stream: await join_knowingly(people, daemon, stream) for stream in STATES}
            rest = {stream: await people.fill(stream, CAPACITY - 1) for stream in STATES}
            followers = await people.fill("docker/events", CAPACITY)
            refusals = [await people.refused(stream) for stream in STREAMS]
            names = await let_happen(docker, tower)

            await until(lambda: all(len(follower.frames) >= len(names) for follower in followers))
            for follower in followers:
                assert names == [json.loads(frame)["data"]["container_name"] for frame in follower.frames]
            for stream, (eldest, number) in first.items():
                expected = await messages_of(daemon, stream) - number + 1
                await until(lambda expected=expected, eldest=eldest: len(eldest.frames) >= expected)
                seen = eldest.frames[:expected]
                for younger in rest[stream]:
                    await until(lambda younger=younger, last=seen[-1]: last in younger.frames)
                    up_to_last = younger.frames[: younger.frames.index(seen[-1]) + 1]
                    assert seen[-len(up_to_last) :] == up_to_last
                    assert len(up_to_last) > SECONDS / 5

            assert [(503, True)] * 3 == [(each.status, "Retry-After" in (each.headers or {})) for each in refusals]
            assert dict.fromkeys(STREAMS, CAPACITY) == await asyncio.to_thread(daemon.connections)
            for stream in STREAMS:
                await people.dismiss(next(each for each in people.listeners if each.stream == stream))
                await asyncio.to_thread(daemon.until_connections, stream, CAPACITY - 1, 5)
                await people.join(stream)
                assert 503 == (await people.refused(stream)).status
            health = await asyncio.to_thread(daemon.health)
            assert "healthy" == health["status"]
            assert {0} == {stream["dropped_clients"] for stream in health["streams"].values()}
