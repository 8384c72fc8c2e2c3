"""The client by itself: frames, addresses, and servers' answers."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from custom_components.uma.client import (
    Address,
    CannotConnect,
    ControlIsOff,
    Gap,
    InvalidToken,
    Lost,
    Message,
    NotUma,
    Refused,
    Subscribed,
    UmaClient,
    Unsubscribed,
    parse_frame,
)
from odd_server import OddServer


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            '{"type":"message","stream":"a/b","epoch":"e","seq":3,"message":{"type":"x","data":{"k":null}}}',
            Message("a/b", ("e", 3), {"k": None}),
        ),
        ('{"type":"gap","stream":"a/b","epoch":"e","seq":3,"after":{},"missing":1}', Gap("a/b", ("e", 3))),
        ('{"type":"subscribed","stream":"a/b","epoch":"e","seq":0,"id":"a/b"}', Subscribed("a/b", ("e", 0))),
        ('{"type":"unsubscribed","stream":"a/b","id":null,"detail":"off"}', Unsubscribed("a/b")),
        ('{"type":"error","id":"a/b","code":"stream_off","detail":"off"}', Refused("a/b", "stream_off", "off")),
        ('{"type":"error","id":null,"code":"not_json","detail":"?"}', None),
        ('{"type":"of tomorrow"}', None),
        ('{"type":"message","stream":"a/b","epoch":"e","seq":"3","message":{"data":{}}}', None),
        ('{"type":"message","stream":"a/b","epoch":"e","seq":3,"message":{"data":[]}}', None),
        ("[]", None),
        ("", None),
        ("[" * 100_000, None),
        ('"\\ud800"', None),
    ],
)
def test_frames(text: str, value: object):
    """A frame is parsed, or None; no input raises an error."""
    assert parse_frame(text) == value


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("tower", 34600), "http://tower:34600"),
        (Address("10.0.0.2", 1, has_tls=True), "https://10.0.0.2:1"),
        (Address("fd00::2", 34600), "http://[fd00::2]:34600"),
    ],
)
def test_addresses(address: Address, url: str):
    """An IPv6 address has brackets in a URL."""
    assert address.url == url


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((404, {"detail": "no control"}), ControlIsOff),
        ((401, {"detail": "token"}), InvalidToken),
        ((200, {}), NotUma),
        ((200, {"results": [{}]}), NotUma),
        ((200, {"results": 3}), NotUma),
        ((400, "?"), NotUma),
    ],
)
async def test_operations_that_fail(answer: tuple[int, object], error: type[Exception]):
    """Each refusal of an operation is its own error."""
    async with OddServer({"/api/v1/docker/containers/bulk/stop": answer}) as odd, aiohttp.ClientSession() as session:
        client = UmaClient(session, Address("127.0.0.1", odd.address["port"]), "token")
        with pytest.raises(error):
            await client.operate("stop", ["plex"])
    assert odd.tokens == ["Bearer token"]


async def test_the_websocket_is_refused():
    """A refused upgrade is the same error as a refused request."""
    async with OddServer({"/api/v1/ws": (401, {})}) as odd, aiohttp.ClientSession() as session:
        client = UmaClient(session, Address("127.0.0.1", odd.address["port"]))
        with pytest.raises(InvalidToken):
            await client.connect()
    with pytest.raises(CannotConnect):
        async with aiohttp.ClientSession() as session:
            await UmaClient(session, Address("127.0.0.1", odd.address["port"])).connect()


async def test_a_connection_ends_with_its_close_code():
    """Binary frames are left out; the end is Lost with the code; a command after it is CannotConnect."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_bytes(b"?")
        await socket.send_str('{"type":"unsubscribed","stream":"x"}')
        await socket.close(code=1012)
        return socket

    app = web.Application()
    app.router.add_get("/api/v1/ws", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        connection = await UmaClient(session, Address("127.0.0.1", server.port)).connect()
        received = []

        async def take_all() -> None:
            async for one in connection:
                received.append(one)  # noqa: PERF401 - what came before the error counts

        with pytest.raises(Lost) as lost:
            await take_all()
        assert (received, lost.value.code, lost.value.is_restart) == ([Unsubscribed("x")], 1012, True)
        with pytest.raises(CannotConnect):
            await connection.subscribe("system/stats")
        await connection.close()


async def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch):
    """A server that does not answer in time is one that can't be reached."""
    import asyncio

    from custom_components.uma.client import rest

    monkeypatch.setattr(rest, "REQUEST_SECONDS", 0.05)
    kept: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda reader, writer: kept.append(writer), "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as session:
        client = UmaClient(session, Address("127.0.0.1", server.sockets[0].getsockname()[1]))
        with pytest.raises(CannotConnect, match="no answer in time"):
            await client.identity()
        with pytest.raises(CannotConnect, match="no answer in time"):
            await client.connect()
        for writer in kept:
            writer.close()
