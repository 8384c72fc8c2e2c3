"""Heads, bodies and sockets beyond their limits, over real sockets."""

import asyncio
import gc
import json

import pytest
from aiohttp import web

from tests.support.messages import stats
from tests.support.raw_sockets import CLOSE, PING, PONG, TEXT, connect, frame, upgrade_head
from tests.support.waiting import until
from tests.support.web_server import open_guards
from uma.listener import connection, limits, lingering, request_head
from uma.web import server as server_module

GET = b"GET /api/v1/health HTTP/1.1\r\nHost: tower\r\n\r\n"


def head_of(size: int) -> bytes:
    """Return a request head of exactly *size* bytes without a long line."""
    start, end = b"GET /api/v1/health HTTP/1.1\r\nHost: tower\r\n", b"\r\n"
    filler = b""
    while (left := size - len(start) - len(filler) - len(end)) > 0:
        name = b"X-%04d: " % len(filler)
        length = left if left < 1000 else 500
        filler += name + b"x" * (length - len(name) - 2) + b"\r\n"
    return start + filler + end


async def test_head_of_16_kib_passes(server):
    """A request head of exactly 16 KiB is served."""
    client = await server.connect()
    client.send(head_of(16 * 1024))

    assert (await client.response())[0] == 200


@pytest.mark.parametrize("field", [b"X: " + b"x" * 16_000 + b"\r\n", b"a:\r\n" * (request_head.MAX_FIELDS - 1)])
async def test_the_limit_is_the_heads_alone(server, field):
    """One long field or many short ones are served if the head is within its limits."""
    client = await server.connect()
    client.send(GET[:-2] + field + b"\r\n")

    assert (await client.response())[0] == 200


@pytest.mark.parametrize("size", [16 * 1024 + 1, 200_000])
async def test_larger_heads_get_431(server, size):
    """A head over 16 KiB gets 431 with a problem body, and the connection ends."""
    client = await server.connect()
    client.send(head_of(size))

    status, headers, body = await client.response()

    assert status == 431
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == 431
    await client.ended()


async def test_more_fields_than_any_client_has_get_431(server):
    """A head of more than 128 fields gets 431 with a problem body: parsed, thousands of fields are a megabyte."""
    client = await server.connect()
    client.send(GET[:-2] + b"a:\r\n" * request_head.MAX_FIELDS + b"\r\n")

    status, _, body = await client.response()

    assert (status, json.loads(body)["status"]) == (431, 431)
    assert "128 fields" in json.loads(body)["detail"]
    await client.ended()


async def test_endless_head_gets_431(server):
    """A head without an end gets 431 as soon as it is too long."""
    client = await server.connect()
    client.send(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 20_000)

    assert (await client.response())[0] == 431


@pytest.mark.parametrize("sent", [b"", b"GET / HTT", GET + b"GET / HTTP/1.1\r\nHo"])
async def test_unfinished_head_is_closed(server, monkeypatch, sent):
    """A head that is incomplete after the timeout ends the connection, whether first or later."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.3)
    client = await server.connect()
    client.send(sent)

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(client.reader.readexactly(10_000), 5)


async def test_trickled_head_is_closed(server, monkeypatch):
    """A byte now and then does not prolong the time for a head (slowloris)."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.5)
    client = await server.connect()

    async def trickle():
        for byte in GET * 10:
            client.send(bytes([byte]))
            await asyncio.sleep(0.05)

    trickling = asyncio.ensure_future(trickle())
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(client.reader.readexactly(1), 5)
    trickling.cancel()


async def test_head_in_pieces_is_served(server):
    """A head split anywhere is the same head."""
    client = await server.connect()
    for byte in GET:
        client.send(bytes([byte]))
        await asyncio.sleep(0)

    assert (await client.response())[0] == 200


async def test_pipelined_requests_are_answered_in_turn(server):
    """Several heads in one segment get an answer each, on one connection."""
    client = await server.connect()
    client.send(GET * 5)

    assert [200] * 5 == [(await client.response())[0] for _ in range(5)]


async def test_kept_connection_takes_another_request(server):
    """A connection is kept between requests."""
    client = await server.connect()
    for _ in range(3):
        client.send(GET)
        assert (await client.response())[0] == 200


@pytest.mark.parametrize("declared", [b"Content-Length: 5000000", b"content-length:7", b"Transfer-Encoding: chunked"])
async def test_bodies_are_not_read(server, declared):
    """A GET with a body gets 413, read or not, and the connection ends."""
    client = await server.connect()
    client.send(b"GET /api/v1/health HTTP/1.1\r\nHost: tower\r\n" + declared + b"\r\n\r\n" + b"x" * 300_000)

    status, _, body = await client.response()

    assert status == 413
    problem = json.loads(body)
    assert problem["title"] == "Request Entity Too Large"
    # For the method: one address accepts a body, by POST.
    assert problem["detail"] == "a GET takes no request body"
    await client.ended()


async def test_an_empty_body_counts_as_none(server):
    """Content-Length: 0 is served."""
    client = await server.connect()
    client.send(GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n") + GET)

    assert [200, 200] == [(await client.response())[0] for _ in range(2)]


async def test_post_with_a_body_gets_405(server):
    """A wrong method is reported as such, with or without a body."""
    client = await server.connect()
    client.send(b"POST /api/v1/health HTTP/1.1\r\nHost: tower\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000)

    status, headers, _ = await client.response()

    assert status == 405
    assert "GET" in headers["allow"]
    await client.ended()


async def test_tls_handshake_gets_an_answer_at_once(server):
    """A request that is not HTTP gets 400 at once, not after the time for a head."""
    client = await server.connect()
    client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")

    assert (await asyncio.wait_for(client.reader.readline(), 5)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("method", [b"FOO", b"PROPFIND", b"M-SEARCH", b"X" * 8000])
async def test_an_unknown_method_is_not_allowed(server, method):
    """Any other word in place of the method gets 405, as a known one that the address lacks."""
    client = await server.connect()
    client.send(GET.replace(b"GET", method, 1))

    status, headers, body = await client.response()

    assert (status, headers["allow"], json.loads(body)["status"]) == (405, "GET, HEAD", 405)


async def test_a_refused_upgrade_ends_the_connection(server):
    """After a request for an upgrade that was not granted, the connection can't bypass the guard."""
    client = await server.connect()
    client.send(upgrade_head("/api/v1/health"))

    assert (await client.response())[0] == 200
    await client.ended()


@pytest.mark.parametrize(
    "asked", [upgrade_head("/api/v1/health"), upgrade_head(Upgrade="h2c\r\nUpgrade: websocket", Connection="close")]
)
async def test_bytes_after_a_refused_upgrade_are_ignored(server, asked):
    """After a head with a refused upgrade, no further request or head is accepted."""
    client = await server.connect()
    client.send(asked + GET * 3 + b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000)

    assert (await client.response())[0] in (200, 426)
    assert await asyncio.wait_for(client.reader.read(), 10) == b""


async def test_frames_sent_along_with_the_handshake_are_heard(server):
    """A client need not wait for the handshake's answer, with ten pings or with more than is kept."""
    for frames, answer in ((frame(PING, b"x") * 10, PONG), (frame(TEXT, bytes(20_000)), CLOSE)):
        client = await server.connect()
        client.send(upgrade_head() + frames)
        await client.head()

        assert (await client.frame())[0] == answer


async def test_a_half_closed_client_that_reads_nothing_is_dropped(server, monkeypatch):
    """A client that sent its FIN and reads nothing frees its place, though its last frames can't be delivered."""
    monkeypatch.setattr(connection, "EOF_GRACE", 0.3)
    client = await server.connect(receive_buffer=4096)
    client.send(upgrade_head())
    await client.head()
    client.writer.transport.pause_reading()
    for _ in range(2000):
        server.system.publish(stats())
        await asyncio.sleep(0)
    client.writer.write_eof()

    await until(lambda: server.system.connections == 0, timeout=5)


VISITS = {
    "nothing": b"",
    "a request": GET,
    "one in vain": GET.replace(b"health", b"nothing"),
    "a malformed one": GET[:-2] + b"no colon\r\n\r\n",
    "the beginning of one": GET[:-2],
    "one of another host": GET.replace(b"tower", b"evil.example"),
    "a WebSocket": upgrade_head(),
    "one with many tokens": upgrade_head(Sec_WebSocket_Protocol=",".join(["uma.token.a"] * 1000)),
    "one that is left": upgrade_head() + frame(CLOSE, b"\x03\xe8"),
    "one in vain, too": upgrade_head(Sec_WebSocket_Version="12"),
    "several streams": upgrade_head("/api/v1/ws") + frame(TEXT, b'{"action":"subscribe","stream":"docker/events"}'),
}


@pytest.mark.parametrize("sent", VISITS.values(), ids=VISITS.keys())
async def test_nothing_is_left_of_a_connection_that_has_ended(server, monkeypatch, sent):
    """It is in no reference cycle, which Python would only find later, after many such connections with their heads."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.3)
    monkeypatch.setattr(connection, "EOF_GRACE", 60)
    monkeypatch.setattr(lingering, "LINGER", 60)
    of_a_connection = (
        connection.GuardedConnection,
        lingering.LingeringTransport,
        server_module.RequestHandler,
        web.BaseRequest,
        web.WebSocketResponse,
    )

    def left() -> int:
        return sum(isinstance(each, of_a_connection) for each in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        client = await server.connect()
        client.send(sent)
        await until(lambda: left() > 0)
        if sent:
            await client.reader.read(1)
        client.writer.write_eof()
        await asyncio.sleep(0.05)
        client.writer.transport.abort()
        await until(lambda: left() == 0)
    finally:
        gc.enable()


class Inner(asyncio.Protocol):
    """Protocol behind the guard."""

    def __init__(self) -> None:
        self.transport = None
        self.is_lost = False
        self.received = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data

    def connection_lost(self, exc):
        self.is_lost = True


async def test_ending_an_ended_connection_is_harmless():
    """A client that reads everything after it half-closed is gone before a timer ends the connection."""
    inner = Inner()
    guarded = connection.GuardedConnection(inner, limits.ConnectionLimiter(lambda: 10))
    listener = await asyncio.get_running_loop().create_server(lambda: guarded, "127.0.0.1", 0)
    client = await connect(listener.sockets[0].getsockname()[1], receive_buffer=1024)
    await until(lambda: inner.transport is not None)
    while not inner.transport.get_write_buffer_size():
        inner.transport.write(bytes(9000))
    client.writer.write_eof()
    await until(inner.transport.is_closing)
    assert not inner.is_lost
    await client.ended()
    await until(lambda: inner.is_lost)

    guarded.abort()
    inner.transport.abort()
    listener.close()
    client.writer.close()


async def test_a_pipeline_is_forwarded_as_it_is_answered(server):
    """Each of thousands of requests in one go is answered in turn, though aiohttp gets only as many as it takes."""
    client = await server.connect()
    client.send(GET * 3000)

    assert [200] * 3000 == [(await client.response())[0] for _ in range(3000)]


async def test_a_refusal_comes_after_the_answers_before_it(server):
    """A request's error is sent in its turn."""
    client = await server.connect()
    client.send(GET * 3 + b"nonsense\r\n\r\n")

    assert [200, 200, 200, 400] == [(await client.response())[0] for _ in range(4)]
    await client.ended()


async def test_pipelined_requests_wait_as_bytes(server, long_request):
    """Requests that arrive before the previous answer are not parsed, and no more are read."""
    asked = long_request[:-2] + b"X: " + b"x" * 15_000 + b"\r\n\r\n"
    client = await server.connect(receive_buffer=4096)
    client.writer.transport.pause_reading()
    client.send(asked * 40)
    await until(lambda: len(open_guards()) == 1 and open_guards()[0]._unsent)
    (waiting,) = open_guards()

    assert not waiting._inner._messages
    assert request_head.MAX_HEAD < len(waiting._received) <= len(asked) * 39
    assert bytes(waiting._received._bytes) in asked * 39
    assert not waiting._lingering.is_reading()
    client.writer.transport.resume_reading()
    for _ in range(40):
        status, _, body = await client.response()
        assert (status, len(body) > 1_000_000) == (200, True)


async def test_pipelined_requests_are_bounded_together(monkeypatch):
    """Among several clients that pipeline endlessly, the first one is closed, and the others stay."""
    monkeypatch.setattr(limits, "MOST_HELD", 250_000)
    together, inners, clients = limits.ConnectionLimiter(lambda: 10), [Inner() for _ in range(3)], []
    waiting = iter(inners)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: connection.GuardedConnection(next(waiting), together), "127.0.0.1", 0)
    for number, inner in enumerate(inners):
        clients.append(await connect(listener.sockets[0].getsockname()[1]))
        clients[-1].send(GET * 2500)
        await until(lambda inner=inner, number=number: inner.received and (number < 2 or inners[0].is_lost))

    assert [True, False, False] == [inner.is_lost for inner in inners]
    assert [GET] * 3 == [inner.received for inner in inners]
    listener.close()
    together.abort_all()
    for client in clients:
        client.writer.transport.abort()
    await until(lambda: all(inner.is_lost for inner in inners))


@pytest.mark.parametrize("can_half_close", [True, False])
async def test_a_client_that_has_said_everything(monkeypatch, can_half_close):
    """It gets its answer. asyncio can't half-close a TLS connection, and logs a wish to keep one."""
    inner = Inner()
    guarded = connection.GuardedConnection(inner, limits.ConnectionLimiter(lambda: 10))
    listener = await asyncio.get_running_loop().create_server(lambda: guarded, "127.0.0.1", 0)
    client = await connect(listener.sockets[0].getsockname()[1])
    client.send(GET)
    await until(lambda: inner.received)
    monkeypatch.setattr(guarded._lingering, "can_write_eof", lambda: can_half_close)

    assert bool(guarded.eof_received()) is can_half_close

    guarded.abort()
    await client.ended()
    listener.close()
    client.writer.close()


async def test_bytes_after_the_end_do_not_count():
    """An aborted connection holds nothing, even if the loop still has bytes of it."""
    together = limits.ConnectionLimiter(lambda: 10)
    guarded = connection.GuardedConnection(Inner(), together)
    listener = await asyncio.get_running_loop().create_server(lambda: guarded, "127.0.0.1", 0)
    client = await connect(listener.sockets[0].getsockname()[1])
    await until(lambda: guarded.is_open)

    guarded.abort()
    guarded.data_received(GET * 2500)

    assert not together._held
    await client.ended()
    listener.close()
    client.writer.close()


async def test_others_are_answered_between_requests_sent_ahead(server):
    """A client that pipelines many requests gets only one turn in each round of the loop."""
    many, one = await server.connect(), await server.connect()
    many.send(GET * 60)
    one.send(GET)
    await one.response()

    assert bytes(many.reader._buffer).count(b"HTTP/1.1 ") < 20
    for _ in range(60):
        await many.response()


async def test_blank_lines_do_not_prolong_the_time_for_a_head(server, monkeypatch):
    """Blank lines before a request are skipped and don't extend the timeout."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.5)
    client = await server.connect()

    async def go_on():
        while True:
            client.send(b"\r\n\r\n")
            await asyncio.sleep(0.05)

    going_on = asyncio.ensure_future(go_on())
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(client.reader.readexactly(1), 5)
    going_on.cancel()
