"""Real containers, with a hundred clients of a daemon process."""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientTimeout, StreamReader, UnixConnector

from tests.supervised import until

from .clients import Listener, crowd
from .containers import lead_lives
from .daemon import Daemon
from .dockerd import Dockerd
from .test_docker import events as published_events
from .test_docker import keys, observed_docker

CLIENTS = 100
CONTAINERS = 50
RESTARTS = 5
BETWEEN_RESTARTS = 4
MOMENT = 100_000_000
"""Nanoseconds."""

LIFE = ["create", "start", "die", "destroy"]

MakeDaemon = Callable[..., Daemon]


@asynccontextmanager
async def overheard(dockerd: Dockerd) -> AsyncIterator[list[dict[str, Any]]]:
    """Docker's own stream of container events, for as long as the block lasts."""
    heard: list[dict[str, Any]] = []

    async def note(lines: StreamReader) -> None:
        async for line in lines:
            heard.append(json.loads(line))  # noqa: PERF401 - each at once, not all at the end

    async with (
        ClientSession(connector=UnixConnector(str(dockerd.socket)), timeout=ClientTimeout(total=None)) as session,
        session.get("http://docker/events", params={"filters": '{"type":["container"]}'}) as response,
        asyncio.TaskGroup() as tasks,
    ):
        task = tasks.create_task(note(response.content), name="docker events")
        yield heard
        task.cancel()


async def started(make_daemon: MakeDaemon, dockerd: Dockerd) -> Daemon:
    """A daemon that follows *dockerd*."""
    daemon = make_daemon(docker_socket=dockerd.socket)
    await asyncio.to_thread(daemon.start)
    await asyncio.to_thread(daemon.until_source, "docker", "ok")
    return daemon


def events(listener: Listener) -> list[dict[str, Any]]:
    """The events that one client got."""
    return [json.loads(frame)["data"] for frame in listener.frames]


def lives(told: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The actions of each container, in order."""
    actions = defaultdict(list)
    for event in told:
        actions[event["container_name"]].append(event["action"])
    return dict(actions)


def is_counted(told: list[dict[str, Any]]) -> bool:
    """Return True if their numbers rise by one."""
    first = told[0]["seq"]
    return [event["seq"] for event in told] == list(range(first, first + len(told)))


async def test_a_burst_of_containers_arrives_complete_and_in_order(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """Each of 100 clients gets exactly the events of 50 containers, each life in order, numbered; so does a source of
    its own.
    """
    daemon = await started(make_daemon, dockerd)
    names = [f"burst{number}" for number in range(CONTAINERS)]
    async with overheard(dockerd) as heard, crowd(daemon) as people, observed_docker(dockerd) as observed:
        clients = await people.fill("docker/events", CLIENTS)
        await lead_lives(dockerd, names)
        await until(lambda: [event["Action"] for event in heard].count("destroy") == CONTAINERS)
        told = {
            (event["timeNano"], event["Actor"]["ID"], event["Action"]) for event in heard if event["Action"] in LIFE
        }
        await until(lambda: all(len(client.frames) >= len(told) for client in clients))
        await observed.until_published(len(told))

    received = events(clients[0])
    assert told == {(each["time_nano"], each["container_id_full"], each["action"]) for each in received}
    assert len(told) == len(received)
    assert dict.fromkeys(names, LIFE) == lives(received)
    assert is_counted(received)
    # Docker itself sends simultaneous events to its listeners in different orders.
    latest = list(itertools.accumulate((each["time_nano"] for each in received), max))
    assert all(each["time_nano"] > time - MOMENT for each, time in zip(received, latest, strict=True))
    for client in clients:
        assert clients[0].frames == client.frames
    published = published_events(observed)
    # Sorted, as Docker tells two clients what happens within microseconds in different orders.
    assert sorted(keys(published)) == sorted(told)
    assert [event.seq for event in published] == list(range(1, len(told) + 1))
    for name in names:
        life = [(event.action, event.status) for event in published if event.container_name == name]
        assert life == [("create", "created"), ("start", "running"), ("die", "exited"), ("destroy", "removed")]


async def test_the_stream_survives_a_restart_of_docker(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """While dockerd is restarted five times, 100 clients stay connected and get every container's whole life."""
    daemon = await started(make_daemon, dockerd)
    rounds = [[f"round{turn}-{number}" for number in range(BETWEEN_RESTARTS)] for turn in range(RESTARTS)]
    async with crowd(daemon) as people:
        clients = await people.fill("docker/events", CLIENTS)
        for names in rounds:
            await lead_lives(dockerd, names)
            await asyncio.to_thread(dockerd.restart)
            # Docker tells no client about events before its first request after the start.
            await asyncio.to_thread(daemon.until_source, "docker", "ok")
        await lead_lives(dockerd, ["last"])
        await until(lambda: all(lives(events(client)).get("last") == LIFE for client in clients))

        everyone = [name for names in rounds for name in names] + ["last"]
        for client in clients:
            received = events(client)
            assert dict.fromkeys(everyone, LIFE) == lives(received)
            assert is_counted(received)
            assert None is client.close_code
        assert "healthy" == (await asyncio.to_thread(daemon.health))["status"]
