"""One WebSocket client against the served application, frame by frame."""

import asyncio
import json

import pytest

from tests.support.feeds import DOCKER
from tests.support.messages import event, stats
from tests.support.raw_sockets import BINARY, CLOSE, PING, PONG, TEXT, frame, upgrade_head
from tests.support.waiting import until
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
async def test_closing_the_stream_sends_the_code(server, code, reason):
    """The close code tells clients why the daemon ended the stream."""
    client = await server.upgrade()
    server.system.close(code, reason)

    assert code == await client.close_code()


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
