"""Several streams over one socket of a real daemon, beside the addresses of single streams."""

import asyncio
import functools
import itertools
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType, WSServerHandshakeError

from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.schemas import frame_violations
from tests.supervised import until

from .clients import crowd
from .daemon import STREAMS, Daemon, free_port

SYSTEM, DOCKER, STORAGE = STREAMS
CAPACITY = 100
EVENTS = 50


@functools.cache
def parse_valid(text: str) -> dict[str, Any]:
    """A frame, which is as the schemas say; many clients get the same."""
    frame = json.loads(text)
    assert frame_violations(frame) == []
    return frame


class Client:
    """A client of the address that keeps everything."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._ws = ws

    async def listen(self) -> None:
        async for message in self._ws:
            assert message.type is WSMsgType.TEXT
            self.frames.append(parse_valid(message.data))
        self.close_code = self._ws.close_code

    async def ask(self, **command: object) -> dict[str, Any]:
        """Return the answer to a command."""
        known = len(self.frames)
        await self._ws.send_json({**command, "id": known})
        await until(lambda: any(frame.get("id") == known for frame in self.frames[known:]))
        return next(frame for frame in self.frames[known:] if frame.get("id") == known)

    async def follow(self, stream: str, **more: object) -> None:
        answer = await self.ask(action="subscribe", stream=stream, **more)
        assert answer["type"] == "subscribed", answer

    def messages(self, stream: str) -> list[dict[str, Any]]:
        """Return the frames of *stream*."""
        return [frame for frame in self.frames if frame["type"] == "message" and frame["stream"] == stream]

    async def leave(self) -> None:
        await self._ws.close()


Join = Callable[[], Any]


@asynccontextmanager
async def joining(daemon: Daemon) -> AsyncIterator[Join]:
    """Makes clients of *daemon*, which are gone at the end."""
    async with ClientSession(connector=TCPConnector(limit=0)) as session, asyncio.TaskGroup() as tasks:
        clients: list[Client] = []

        async def join() -> Client:
            client = Client(await session.ws_connect(f"ws://{daemon.server}/api/v1/ws", max_msg_size=0))
            tasks.create_task(client.listen())
            clients.append(client)
            return client

        yield join
        for client in clients:
            await client.leave()


def times(frames: list[dict[str, Any]]) -> list[int]:
    """Return the seconds of the machine's own uptime in *frames*, which clocks don't change."""
    return [frame["data"]["uptime"] for frame in frames]


async def test_an_own_interval_changes_nothing_else(make_daemon: Callable[..., Daemon]) -> None:
    """At 1 s each second has its message; the stream's own come at its interval, and so does history."""
    daemon = make_daemon()
    daemon.configure(STATS_INTERVAL=3)
    await asyncio.to_thread(daemon.start)
    async with crowd(daemon) as people, joining(daemon) as join:
        plain, fine, own = await people.join(SYSTEM), await join(), await join()
        await own.follow(SYSTEM)
        await fine.follow(SYSTEM, interval=1)
        await until(lambda: len(plain.frames) >= 4 and len(fine.messages(SYSTEM)) >= 8, 40)
        history = await asyncio.to_thread(daemon.get, "/api/v1/system/stats/history")
        published = (await asyncio.to_thread(daemon.health))["streams"][SYSTEM]["messages"]

        plain_times = times([json.loads(frame) for frame in plain.frames])
        fine_times = times([frame["message"] for frame in fine.messages(SYSTEM)])
        # However busy the machine is, none comes too early.
        assert all(later - earlier >= 2 for earlier, later in itertools.pairwise(plain_times)), plain_times
        assert 1 in {later - earlier for earlier, later in itertools.pairwise(fine_times)}, fine_times
        # One may be on its way.
        assert abs(published - len(plain.frames)) <= 1
        assert abs(len(history["timestamp"]) - len(plain.frames)) <= 1
        told, same = [json.loads(f) for f in plain.frames], [frame["message"] for frame in own.messages(SYSTEM)]
        shared = told[told.index(same[0]) :]
        assert len(shared) >= 3
        assert all(one == other for one, other in zip(shared, same, strict=False))

        await fine.ask(action="unsubscribe", stream=SYSTEM)
        heard = len(fine.frames)
        known = len(plain.frames)
        await until(lambda: len(plain.frames) > known, 20)
        assert len(fine.frames) == heard


async def test_a_reload_takes_a_stream_away_and_changes_no_pace(daemon: Daemon) -> None:
    """STORAGE_STATUS=no ends only that stream, with a notice; an interval survives other settings; all can be
    resumed.
    """
    async with joining(daemon) as join:
        client = await join()
        await client.follow(STORAGE)
        await client.follow(SYSTEM, interval=1)
        await asyncio.to_thread(daemon.reload, STORAGE_STATUS="no", STATS_INTERVAL=60)
        await until(lambda: any(frame["type"] == "unsubscribed" for frame in client.frames))
        refused = await client.ask(action="subscribe", stream=STORAGE)
        heard = len(client.messages(SYSTEM))
        await until(lambda: len(client.messages(SYSTEM)) >= heard + 3)
        await asyncio.to_thread(daemon.reload)
        heard = len(client.messages(STORAGE))
        await client.follow(STORAGE)
        await until(lambda: len(client.messages(STORAGE)) > heard)

    (notice,) = (frame for frame in client.frames if frame["type"] == "unsubscribed")
    assert notice == {
        "type": "unsubscribed",
        "id": None,
        "stream": STORAGE,
        "detail": "storage/status has been switched off",
    }
    assert (refused["code"], "STORAGE_STATUS=no" in refused["detail"]) == ("stream_off", True)


async def test_a_hundred_clients_of_three_streams(make_daemon: Callable[..., Daemon], tmp_path: Any) -> None:
    """100 places beside those of the other addresses; each client gets everything; the 101st gets 503; at SIGHUP all
    stay.
    """
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = make_daemon(docker_socket=docker.socket)
        await asyncio.to_thread(daemon.start)
        await until(lambda: docker.streams == DAEMON_STREAMS)
        async with crowd(daemon) as people, joining(daemon) as join:
            plain = await people.fill(DOCKER, CAPACITY)
            clients = [await join() for _ in range(CAPACITY)]
            for client in clients:
                for stream in STREAMS:
                    await client.follow(stream)
            with pytest.raises(WSServerHandshakeError) as refusal:
                await join()
            for number in range(EVENTS):
                docker.emit(docker_event("start", f"c{number}", at=1_750_028_400_000_000_000 + number))
            await until(lambda: all(len(client.messages(DOCKER)) == EVENTS for client in clients), 30)
            health = await asyncio.to_thread(daemon.health)
            await asyncio.to_thread(daemon.reload, EXEC_EVENTS="yes")
            await clients[-1].leave()
            await asyncio.to_thread(daemon.until_following, DOCKER, CAPACITY - 1)
            newcomer = await join()
            await newcomer.follow(DOCKER)

            assert refusal.value.status == 503
            assert "Retry-After" in (refusal.value.headers or {})
            expected = [json.loads(frame) for frame in plain[0].frames]
            for client in clients:
                messages = client.messages(DOCKER)
                assert [frame["seq"] for frame in messages] == list(range(1, EVENTS + 1))
                assert [frame["message"] for frame in messages] == expected
                assert client.messages(SYSTEM)
                assert client.messages(STORAGE)
            assert health["multiplex"] == {
                "connections": CAPACITY,
                "limit": CAPACITY,
                "dropped_clients": 0,
                "subscriptions": dict.fromkeys(health["streams"], 0) | dict.fromkeys(STREAMS, CAPACITY),
            }
            assert [client for client in clients[:-1] if client.close_code is not None] == []


def stop(daemon: Daemon) -> None:
    assert daemon.stop() < 2


def restart(daemon: Daemon) -> None:
    """Send the signal that rc.uma sends first for a restart."""
    daemon.program.signal(signal.SIGUSR2)
    assert daemon.program.wait() == 0
    daemon.forget()


def move(daemon: Daemon) -> None:
    daemon.reload(BIND="127.0.0.1", PORT=free_port())


def change_token(daemon: Daemon) -> None:
    daemon.reload(BIND="127.0.0.1", PORT=daemon.port, TOKEN_SHA256="0" * 64)


@pytest.mark.parametrize(("end", "code"), [(stop, 1001), (restart, 1012), (move, 1012), (change_token, 1008)])
async def test_the_daemon_parts_with_its_code(make_daemon: Callable[..., Daemon], end: Any, code: int) -> None:
    """Each client gets 1001 when the daemon stops, 1012 when it restarts or moves, 1008 when the token has changed."""
    daemon = make_daemon(port_from_file=True)
    await asyncio.to_thread(daemon.start)
    async with joining(daemon) as join:
        clients = [await join() for _ in range(5)]
        await clients[0].follow(SYSTEM, interval=1)
        await asyncio.to_thread(end, daemon)
        await until(lambda: all(client.close_code is not None for client in clients))

    assert {client.close_code for client in clients} == {code}
