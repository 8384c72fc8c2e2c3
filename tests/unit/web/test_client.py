"""One connected client: when its frames are written, and what a full or closing connection does."""

import asyncio
import json
import os
import socket

from tests.support.messages import event, stats
from tests.support.raw_sockets import PING, PONG, TEXT, frame, upgrade_head
from tests.support.waiting import until
from uma.listener.lingering import LINGER
from uma.web import client as module

DOCKER_PATH = "/api/v1/ws/docker/events"


async def test_lagging_event_client_closes_with_1013(server):
    """An event client that stops reading is closed with 1013 once 256 events wait, and sees that later."""
    client = await server.connect(receive_buffer=4096)
    client.send(upgrade_head(DOCKER_PATH))
    await client.head()
    other = await server.upgrade(DOCKER_PATH)
    client.writer.transport.pause_reading()

    published = 0
    while server.docker.connections == 2:
        published += 1
        server.docker.publish(event(published, name="x" * 4000))
        opcode, payload = await other.frame()
        assert (TEXT, published) == (opcode, json.loads(payload)["data"]["seq"])
    # Frames in flight and our close wait as long as a send would.
    await asyncio.sleep(LINGER + 0.5)
    client.writer.transport.resume_reading()

    assert await client.close_code() == 1013
    assert server.docker.dropped_clients == 1


async def test_stalled_state_client_gets_the_newest_when_it_reads_again(server, monkeypatch):
    """While a state client does not read, newer states replace unsent ones; then it gets the newest."""
    client = await server.connect(receive_buffer=4096)
    client.send(upgrade_head())
    await client.head()
    client.writer.transport.pause_reading()
    for number in range(2000):
        server.system.publish(stats(float(number)))
        await asyncio.sleep(0)
    client.writer.transport.resume_reading()

    seen = []
    while not seen or seen[-1] != 1999.0:
        seen.append(json.loads((await client.frame())[1])["cpu_percent"])

    assert seen == sorted(seen)
    assert len(seen) < 1000


async def test_stalled_client_is_aborted(server, monkeypatch):
    """A client that does not read for SEND_TIMEOUT is dropped, and delays no other."""
    monkeypatch.setattr(module, "SEND_TIMEOUT", 1.0)
    client = await server.upgrade()
    client.writer.transport.pause_reading()
    other = await server.upgrade()
    for _ in range(3000):
        server.system.publish(stats())
        if server.system.connections == 1:
            break
        await other.frame()
        await asyncio.sleep(0.001)

    await until(lambda: server.system.connections == 1)
    assert server.system.dropped_clients == 1


async def test_nothing_follows_a_close_frame(server):
    """A message published just after aiohttp has closed is not sent, and ends the subscription."""
    client = await server.upgrade()
    (served,) = server.served.clients
    closing = asyncio.ensure_future(served.ws.close(code=1011))
    await asyncio.sleep(0)
    assert server.system.connections == 1

    server.system.publish(stats())

    assert server.system.connections == 0
    assert await client.close_code() == 1011
    assert b"" == await asyncio.wait_for(client.reader.read(), 15)
    await closing


async def test_pongs_through_a_full_connection_break_no_frame(server):
    """Pings answered while events wait for room: every event and pong arrives whole, once and in order."""
    client = await server.connect(receive_buffer=4096)
    client.send(upgrade_head(DOCKER_PATH))
    await client.head()
    await until(lambda: server.docker.connections == 1 and [*server.served.clients])
    (served,) = server.served.clients
    client.writer.transport.pause_reading()

    published = 0
    for number in range(20):
        # Some before the connection is full, most of them while it is.
        while not served.is_full or published < number * 10:
            published += 1
            server.docker.publish(event(published, name="x" * 4000))
            await asyncio.sleep(0)
        client.send(frame(PING, b"%d" % number))
        unsent = served.transport.get_write_buffer_size()
        await until(lambda unsent=unsent: served.transport.get_write_buffer_size() > unsent)
    client.writer.transport.resume_reading()

    events, pongs = [], []
    while len(events) < published or len(pongs) < 20:
        opcode, payload = await client.frame()
        if opcode == TEXT:
            events.append(json.loads(payload)["data"]["seq"])
        else:
            assert opcode == PONG
            pongs.append(int(payload))
    assert list(range(1, published + 1)) == events
    assert list(range(20)) == pongs


async def test_frames_are_sent_by_publishing(server):
    """The kernel has each frame when publish returns, for every client that keeps up."""
    clients = [await server.upgrade() for _ in range(3)]
    await until(lambda: server.system.connections == 3)
    received = [client.writer.get_extra_info("socket").fileno() for client in clients]
    server.system.publish(stats(7.5))

    # There was no await since, so no task of the daemon or a client has run.
    for number in received:
        with socket.socket(fileno=os.dup(number)) as sock:
            assert b'"cpu_percent":7.5' in sock.recv(4096, socket.MSG_PEEK | socket.MSG_DONTWAIT)


async def test_frames_of_one_turn_share_a_write(server):
    """The first of several events published in one go is written at once, the others together: each once, in order."""
    client = await server.upgrade(DOCKER_PATH)
    (served,) = server.served.clients
    writes = noted_writes(served)
    for number in range(1, 6):
        server.docker.publish(event(number))
    assert len(writes) == 1

    assert [json.loads((await client.frame())[1])["data"]["seq"] for _ in range(5)] == [1, 2, 3, 4, 5]
    assert len(writes) == 2
    server.docker.publish(event(6))
    assert len(writes) == 3


async def test_a_storm_is_written_in_pieces(server, monkeypatch):
    """Once writes have used their allowance, the first frame of a turn waits as well; all arrive in order."""
    clock = pausing_clock(monkeypatch)
    monkeypatch.setattr(module, "STORM_CLIENTS", 1)
    client = await server.upgrade(DOCKER_PATH)
    (served,) = server.served.clients
    writes = noted_writes(served, lambda: clock.pass_by(0.0045))
    for number in range(1, 31):
        server.docker.publish(event(number))
        await asyncio.sleep(0)
    assert len(writes) == 5
    served._turns._end()
    assert len(writes) == 6

    assert [json.loads((await client.frame())[1])["data"]["seq"] for _ in range(30)] == [*range(1, 31)]


async def test_rest_restores_the_allowance(server, monkeypatch):
    """The first frame after a storm is written at once; the next ones too, until the allowance is used again."""
    clock = pausing_clock(monkeypatch)
    monkeypatch.setattr(module, "STORM_CLIENTS", 1)
    await server.upgrade(DOCKER_PATH)
    (served,) = server.served.clients
    writes = noted_writes(served, lambda: clock.pass_by(0.0045))
    for storm in range(1, 4):
        for number in range(10):
            server.docker.publish(event(storm * 10 + number))
            await asyncio.sleep(0)
        assert len(writes) == 5 * storm + (storm - 1)
        served._turns._end()
        clock.pass_by(module.MAX_ALLOWANCE_SECONDS * 2 / module.WRITE_SHARE)


async def test_few_clients_wait_for_nothing_in_a_storm(server, monkeypatch):
    """With a client alone each event is written at once, however many there are."""
    clock = pausing_clock(monkeypatch)
    await server.upgrade(DOCKER_PATH)
    (served,) = server.served.clients
    writes = noted_writes(served, lambda: clock.pass_by(0.0045))
    for number in range(1, 31):
        server.docker.publish(event(number))
        await asyncio.sleep(0)

    assert len(writes) == 30


async def test_a_long_turn_holds_back_no_more_than_some_frames(server):
    """A connection can report that it is full while hundreds of frames are published."""
    client = await server.upgrade(DOCKER_PATH)
    (served,) = server.served.clients
    writes = noted_writes(served)
    for number in range(1, 101):
        server.docker.publish(event(number))
    assert len(writes) == 1 + 99 // module.MAX_FRAMES_A_WRITE

    assert [json.loads((await client.frame())[1])["data"]["seq"] for _ in range(100)] == [*range(1, 101)]


async def test_nothing_is_written_while_a_connection_reports_its_room(server):
    """Pending frames are sent a moment after there is room: a failing write in between would end a connection twice."""
    client = await server.upgrade(DOCKER_PATH)
    (connected,) = server.served.clients
    guard = connected.transport.get_protocol()
    order = []
    flush = connected.subscription.flush
    connected.subscription.flush = lambda: (order.append("written"), flush())
    guard.pause_writing()
    server.docker.publish(event(1))
    guard.resume_writing()
    order.append("told")

    assert json.loads((await client.frame())[1])["data"]["seq"] == 1
    assert order == ["told", "written"]


class PausingClock:
    """A clock that stops between calls of ``pass_by``."""

    def __init__(self):
        self.now = 1e9

    def pass_by(self, seconds):
        self.now += seconds


def pausing_clock(monkeypatch):
    """The clock of writes from now on. Held frames wait for an hour: a test ends that by itself."""
    clock = PausingClock()
    monkeypatch.setattr(module, "monotonic", lambda: clock.now)
    monkeypatch.setattr(module, "WRITE_SHARE", 1e-6)
    monkeypatch.setattr(module, "MAX_HOLD_SECONDS", 3600.0)
    return clock


def noted_writes(served, before=lambda: None):
    """The bytes of each write to *served* from now on, which is made all the same after *before* was called."""
    writes, write = [], served.write
    served.write = lambda data: (before(), writes.append(data), write(data))
    return writes
