"""Too many connections, and too many unread bytes."""

import asyncio
import json

import pytest

from tests.support.raw_sockets import upgrade_head
from tests.support.waiting import until
from tests.support.web_server import open_guards
from uma.listener import connection, limits
from uma.web import chunked_body
from uma.web import client as client_module
from uma.web import server as server_module

GET = b"GET /api/v1/health HTTP/1.1\r\nHost: tower\r\n\r\n"


async def test_newcomer_takes_the_place_of_the_oldest_unfinished_head(server, monkeypatch):
    """A newcomer is served even if half requests hold every socket: the oldest of them is closed."""
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
    """Idle sockets are closed to make room, connected WebSockets are not."""
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
    """Ended connections make room for as many others."""
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


@pytest.fixture
def ask(server, long_request):
    """A request for a long answer that is not read yet."""

    async def ask_():
        client = await server.connect(receive_buffer=4096)
        client.writer.transport.pause_reading()
        client.send(long_request)
        return client

    return ask_


async def read(client) -> int:
    """Return the number of messages in the answers."""
    client.writer.transport.resume_reading()
    status, _, body = await client.response()
    assert status == 200
    return len(json.loads(body))


def unsent() -> list[int]:
    """Bytes that wait for each client that reads nothing."""
    sizes = [each._lingering.get_write_buffer_size() for each in open_guards()]
    return [size for size in sizes if size > connection.WRITE_BUFFER]


async def test_unread_answers_are_bounded_together(server, ask, monkeypatch):
    """The first clients that request much and read nothing are closed; readers and WebSockets are not."""
    monkeypatch.setattr(chunked_body, "LONGEST", 1024)
    monkeypatch.setattr(limits, "MOST_HELD", 80_000)
    # On a busy machine the test takes longer than a WebSocket may lag.
    monkeypatch.setattr(client_module, "SEND_TIMEOUT", 600.0)
    websocket = await server.connect(receive_buffer=4096)
    websocket.send(upgrade_head())
    await websocket.head()
    websocket.writer.transport.pause_reading()
    await until(lambda: server.system.connections == 1)
    (served,) = server.served.clients
    while not served.is_full:
        served.transport.write(bytes(1000))

    clients = []
    for number in range(6):
        clients.append(await ask())
        await until(lambda number=number: len(unsent()) == 1 + min(number + 1, 2))
    assert await read(clients[-1]) == 1000
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await read(clients[0])
    assert server.system.connections == 1
    clients.append(await ask())
    await until(lambda: len(unsent()) == 3)
    clients[5].send(GET)
    assert (await clients[5].response())[0] == 200


async def test_a_hundred_reading_clients_get_all_answers(server, ask):
    """A hundred megabytes in total, at the same time."""
    clients = [await ask() for _ in range(100)]
    await until(lambda: len(unsent()) == 100)

    assert await asyncio.gather(*map(read, clients)) == [1000] * 100


async def test_a_long_answer_waits_where_it_is_kept(server, ask):
    """For a client that reads nothing, only one piece of a megabyte and a full connection are copied."""
    await ask()
    await until(lambda: len(unsent()) == 1)

    assert unsent()[0] <= connection.WRITE_BUFFER + 2 * chunked_body.LONGEST
