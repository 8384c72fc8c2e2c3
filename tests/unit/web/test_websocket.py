"""One WebSocket client against the served application, frame by frame."""

import asyncio
import json
import os
import socket

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from tests.support.feeds import DOCKER
from tests.support.messages import event, stats
from tests.support.raw_sockets import BINARY, CLOSE, PING, PONG, TEXT, frame, upgrade_head
from tests.support.waiting import until
from uma.listener.lingering import LINGER
from uma.web import websocket

DOCKER_PATH = "/api/v1/ws/docker/events"


async def test_newest_state_comes_at_once(server):
    """A subscriber of a state stream gets the newest message on connect, and every later one."""
    server.system.publish(stats(1.0))
    server.system.publish(stats(2.0))
    client = await server.upgrade()

    opcode, first = await client.frame()
    server.system.publish(stats(3.0))
    _, second = await client.frame()

    assert opcode == TEXT
    assert [2.0, 3.0] == [json.loads(message)["cpu_percent"] for message in (first, second)]
    assert first.startswith(b'{"type":"stats"')


async def test_events_are_not_replayed(server):
    """A subscriber of the event stream gets new events only, in order."""
    server.docker.publish(event(1))
    client = await server.upgrade(DOCKER_PATH)
    for seq in (2, 3, 4):
        server.docker.publish(event(seq))

    seen = [json.loads((await client.frame())[1])["data"]["seq"] for _ in range(3)]

    assert [2, 3, 4] == seen


async def test_one_too_many_gets_503_and_a_leaver_makes_room(server):
    """At capacity a newcomer gets 503 with Retry-After; when one leaves the next gets in."""
    clients = [await server.upgrade() for _ in range(3)]
    late = await server.connect()
    late.send(upgrade_head())

    status, headers, body = await late.response()
    assert status == 503
    assert int(headers["retry-after"]) > 0
    assert "3 of 3" in json.loads(body)["detail"]

    clients[0].writer.close()
    await until(lambda: server.system.connections == 2)
    await server.upgrade()


async def test_pings_are_answered(server):
    """A client's ping comes back as a pong with its payload; text and binary are ignored."""
    client = await server.upgrade()
    client.send(frame(TEXT, b"hello") + frame(BINARY, b"\0") + frame(PING, b"are you there"))

    assert (PONG, b"are you there") == await client.frame()


async def test_client_close_is_answered(server):
    """A client's close frame is answered, and its place is free."""
    client = await server.upgrade()
    client.send(frame(CLOSE, b"\x03\xe8"))

    assert await client.close_code() == 1000
    await client.ended()
    await until(lambda: server.system.connections == 0)


@pytest.mark.parametrize("size", [4096, 1])
async def test_messages_up_to_4_kib_pass(server, size):
    """4,096 bytes from a client are taken and ignored."""
    client = await server.upgrade()
    client.send(frame(TEXT, b"x" * size) + frame(PING))

    assert (PONG, b"") == await client.frame()


@pytest.mark.parametrize("size", [4097, 100_000, 1_000_000])
async def test_messages_over_4_kib_close_with_1009(server, size):
    """A larger client message ends the connection with 1009, and the client gets to read it."""
    client = await server.upgrade()
    client.send(frame(TEXT, b"x" * size))

    assert await client.close_code() == 1009


async def test_fragments_over_4_kib_close_with_1009(server):
    """The limit applies to a fragmented message too."""
    client = await server.upgrade()
    client.send(frame(TEXT, b"x" * 3000, first_byte=0x01) + frame(0, b"x" * 3000))

    assert await client.close_code() == 1009


@pytest.mark.parametrize("opcode", [TEXT, PING, PONG])
async def test_a_flood_closes_with_1008(server, opcode):
    """More than 20 frames a second, pings and pongs included, end the connection with 1008."""
    client = await server.upgrade()
    client.send(frame(opcode, b"x") * 200)

    assert await client.close_code() == 1008
    await until(lambda: server.system.connections == 0)


async def test_forty_frames_at_once_are_no_flood(server):
    """20 frames a second over two seconds pass, also when they come together."""
    client = await server.upgrade()
    client.send(frame(TEXT, b"x") * 39 + frame(PING, b"still here"))

    assert (PONG, b"still here") == await client.frame()


@pytest.mark.parametrize(("code", "reason"), [(1001, "the daemon stops"), (1012, "restart"), (1008, "token")])
async def test_closing_the_stream_tells_the_code(server, code, reason):
    """The close code tells clients why the daemon ended the stream."""
    client = await server.upgrade()
    server.system.close(code, reason)

    assert code == await client.close_code()


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
    monkeypatch.setattr(websocket, "SEND_TIMEOUT", 1.0)
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


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_a_frame_of_any_size_is_read_as_it_was_written(size):
    """Another implementation reads a payload of any length, and the frame after it."""
    payload = b"x" * size
    stream = StreamReader()
    stream.feed_data(websocket.text_frame(payload) + websocket.text_frame(b"next"))

    read = []
    for _ in range(2):
        with pytest.raises(StopIteration) as parsed:
            next(Frame.parse(stream.read_exact, mask=False))
        read.append(parsed.value.value)

    assert [Frame(Opcode.TEXT, payload), Frame(Opcode.TEXT, b"next")] == read


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
    (served,) = served_clients(server)
    writes, write = [], served.write
    served.write = lambda data: (writes.append(data), write(data))
    for number in range(1, 6):
        server.docker.publish(event(number))
    assert len(writes) == 1

    assert [json.loads((await client.frame())[1])["data"]["seq"] for _ in range(5)] == [1, 2, 3, 4, 5]
    assert len(writes) == 2
    server.docker.publish(event(6))
    assert len(writes) == 3


async def test_a_storm_is_written_in_pieces(server, monkeypatch):
    """After many turns in a row the first frame of a turn waits as well, for a moment; all arrive in order."""
    monkeypatch.setattr(websocket, "monotonic", lambda: 1e9)
    monkeypatch.setattr(websocket, "STORM_SECONDS", 3600.0)
    client = await server.upgrade(DOCKER_PATH)
    (served,) = served_clients(server)
    writes, write = [], served.write
    served.write = lambda data: (writes.append(data), write(data))
    for number in range(1, websocket.STORM_TURNS + 2):
        server.docker.publish(event(number))
        await asyncio.sleep(0)
    assert len(writes) == websocket.STORM_TURNS + 1
    for number in range(websocket.STORM_TURNS + 2, 31):
        server.docker.publish(event(number))
        await asyncio.sleep(0)
    assert len(writes) == websocket.STORM_TURNS + 1
    served._turns._end()
    assert len(writes) == websocket.STORM_TURNS + 2

    assert [json.loads((await client.frame())[1])["data"]["seq"] for _ in range(30)] == [*range(1, 31)]


async def test_a_long_turn_holds_back_no_more_than_some_frames(server):
    """A connection can report that it is full while hundreds of frames are published."""
    client = await server.upgrade(DOCKER_PATH)
    (served,) = served_clients(server)
    writes, write = [], served.write
    served.write = lambda data: (writes.append(data), write(data))
    for number in range(1, 101):
        server.docker.publish(event(number))
    assert len(writes) == 1 + 99 // websocket.MAX_FRAMES_A_WRITE

    assert [json.loads((await client.frame())[1])["data"]["seq"] for _ in range(100)] == [*range(1, 101)]


async def test_a_goodbye_comes_after_all_that_was_sent(server):
    """A stream that ends in the iteration of its last message loses no frame."""
    client = await server.upgrade(DOCKER_PATH)
    for number in range(1, 4):
        server.docker.publish(event(number))
    server.docker.close(1012, "restarting")

    assert [json.loads((await client.frame())[1])["data"]["seq"] for _ in range(3)] == [1, 2, 3]
    assert await client.close_code() == 1012


async def test_client_that_never_pongs_stays(server, monkeypatch):
    """A client that reads is pinged and kept, though it never answers a ping (the guide's curl)."""
    monkeypatch.setattr(websocket, "PING_INTERVAL", 0.1)
    client = await server.upgrade()

    pings = [await client.frame() for _ in range(2)]

    assert [(PING, b"")] * 2 == pings
    assert server.system.connections == 1


async def test_only_the_silent_are_pinged(server, monkeypatch):
    """A client that gets messages is not pinged; a silent one is."""
    monkeypatch.setattr(websocket, "PING_INTERVAL", 0.5)
    silent, busy = await server.upgrade(DOCKER_PATH), await server.upgrade()

    pinged = asyncio.ensure_future(silent.frame())
    opcodes = []
    while not pinged.done():
        server.system.publish(stats())
        opcodes.append((await busy.frame())[0])
        await asyncio.sleep(0.01)

    assert (PING, b"") == pinged.result()
    assert {TEXT} == set(opcodes)


async def test_vanished_client_frees_its_place(server):
    """A reset connection frees its place at once."""
    client = await server.upgrade()
    client.writer.transport.abort()

    await until(lambda: server.system.connections == 0, timeout=5)


async def test_protocol_errors_close_with_1002(server):
    """Reserved bits, unknown opcodes and oversize control frames end the connection with 1002."""
    for bad in (frame(TEXT, b"x", first_byte=0xC1), frame(3), frame(PING, b"x" * 126), frame(0, b"x")):
        client = await server.upgrade()
        client.send(bad)
        assert await client.close_code() == 1002
        client.writer.close()


async def test_invalid_utf8_closes_with_1007(server):
    """Text that is not UTF-8 ends the connection with 1007."""
    client = await server.upgrade()
    client.send(frame(TEXT, b"\xff\xfe"))

    assert await client.close_code() == 1007


async def test_switched_off_stream_says_which_setting(server):
    """A disabled stream answers 503 with the setting's name."""
    server.served.disabled = {DOCKER: "DOCKER_EVENTS"}
    client = await server.connect()
    client.send(upgrade_head(DOCKER_PATH))

    status, _, body = await client.response()

    assert status == 503
    assert "DOCKER_EVENTS=no" in json.loads(body)["detail"]


async def test_nothing_is_written_while_a_connection_tells_of_its_room(server):
    """Pending frames are sent a moment after there is room: a failing write in between would end a connection twice."""
    client = await server.upgrade(DOCKER_PATH)
    (connected,) = served_clients(server)
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


def served_clients(server):
    return tuple(server.served.clients._clients)
