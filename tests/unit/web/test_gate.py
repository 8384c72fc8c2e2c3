"""Too many connections, and too much that they leave unread."""

import asyncio
import gc
import json

import pytest

from uma.web import gate, guard
from uma.web import server as server_module

from .conftest import event
from .raw import upgrade_head
from .waiting import until

GET = b"GET /api/v1/health HTTP/1.1\r\nHost: tower\r\n\r\n"


async def test_newcomer_takes_the_place_of_the_oldest_unfinished_head(server, monkeypatch):
    """With every socket taken by half requests a newcomer is served, and the oldest of them is closed."""
    monkeypatch.setattr(server_module, "EXTRA_SOCKETS", 20 - 3 * server.served.max_connections)
    idle = [await server.connect() for _ in range(20)]
    for client in idle:
        client.send(b"GET / HT")
    newcomer = await server.connect()
    newcomer.send(GET)

    assert (await asyncio.wait_for(newcomer.response(), 5))[0] == 200
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(idle[0].reader.readexactly(1), 5)
    idle[1].send(b"TP/1.1\r\nHost: tower\r\n\r\n")
    assert (await idle[1].response())[0] == 200


async def test_websockets_are_never_closed_for_a_newcomer(server, monkeypatch):
    """Idle sockets make room, connected clients do not."""
    monkeypatch.setattr(server_module, "EXTRA_SOCKETS", 4 - 3 * server.served.max_connections)
    clients = [await server.upgrade() for _ in range(3)]
    for _ in range(10):
        await server.connect()
    newcomer = await server.connect()
    newcomer.send(GET)

    assert (await newcomer.response())[0] == 200
    assert server.system.connections == 3
    assert not any(client.reader.at_eof() for client in clients)


async def test_sockets_are_counted_out(server, monkeypatch):
    """Connections that ended leave room for as many others."""
    monkeypatch.setattr(server_module, "EXTRA_SOCKETS", 5 - 3 * server.served.max_connections)
    for _ in range(30):
        client = await server.connect()
        client.send(GET)
        assert (await client.response())[0] == 200
        client.writer.close()
    for _ in range(10):
        client = await server.upgrade()
        client.writer.close()
        await until(lambda: server.system.connections == 0)
    websockets = [await server.upgrade() for _ in range(3)]

    await until(lambda: server.system.connections == len(websockets))


async def test_answers_that_nobody_takes_are_bounded_together(server, monkeypatch):
    """Of clients that ask for much and read nothing the first are closed; who reads on, and WebSockets, are not."""
    for number in range(1000):
        server.docker.publish(event(number, name="x" * 1000))
    answer = GET.replace(b"health", b"docker/events?limit=1000")
    websocket = await server.connect(receive_buffer=4096)
    websocket.send(upgrade_head())
    await websocket.head()
    websocket.writer.transport.pause_reading()
    await until(lambda: server.system.connections == 1)
    (served,) = server.served.clients
    while not served.is_full:
        served.transport.write(bytes(10_000))

    async def stalled():
        client = await server.connect(receive_buffer=4096)
        client.writer.transport.pause_reading()
        client.send(answer)
        return client

    def unsent() -> list[int]:
        found = [each for each in gc.get_objects() if isinstance(each, guard.HeadGuard) and each._lingering is not None]
        return [size for each in found if (size := each._lingering.get_write_buffer_size()) > 100_000]

    monkeypatch.setattr(gate, "MOST_HELD", 3_000_000)
    clients = []
    for number in range(6):
        clients.append(await stalled())
        await until(lambda number=number: len(unsent()) == min(number + 1, 2))
    clients[-1].writer.transport.resume_reading()
    status, _, body = await clients[-1].response()

    assert (status, len(json.loads(body))) == (200, 1000)
    clients[0].writer.transport.resume_reading()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await clients[0].response()
    assert server.system.connections == 1
    clients.append(await stalled())
    await until(lambda: len(unsent()) == 2)
    clients[5].send(GET)
    assert (await clients[5].response())[0] == 200
