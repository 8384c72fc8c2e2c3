"""Handshakes of the guide and of other clients."""

import base64
import gc
import hashlib
import json

import pytest
from aiohttp import web

from tests.support.raw_sockets import upgrade_head
from uma.web.handshake import OFFERED_KEY

GUIDE_KEY = "SGVsbG8sIHdvcmxkIQ=="


async def test_guide_key_of_13_bytes_is_served(server):
    """The guide's curl key gets 101 with the accept value of exactly that key."""
    client = await server.connect()
    client.send(upgrade_head(key=GUIDE_KEY))

    status, headers = await client.head()

    expected = hashlib.sha1(GUIDE_KEY.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    assert status == 101
    assert base64.b64encode(expected).decode() == headers["sec-websocket-accept"]


async def test_accept_of_a_regular_key_is_rfc_6455s(server):
    """RFC 6455's own example key gives its example answer; no extension is accepted."""
    client = await server.connect()
    client.send(upgrade_head(Sec_WebSocket_Extensions="permessage-deflate"))

    status, headers = await client.head()

    assert status == 101
    assert headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert "sec-websocket-extensions" not in headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"key": base64.b64encode(bytes(12)).decode()}, 400),
        ({"key": base64.b64encode(bytes(14)).decode()}, 400),
        ({"key": base64.b64encode(bytes(17)).decode()}, 400),
        ({"key": ""}, 400),
        ({"key": "not base64 at all!!!!!!!"}, 400),
        ({"key": "SGVsbG8s!IHdvcmxkIQ=="}, 400),
        ({"key": "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}, 400),
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Sec_WebSocket_Version": "13\r\nSec-WebSocket-Version: 8"}, 426),
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "keep-alive"}, 426),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
    ],
)
async def test_refused_handshakes(server, headers, status):
    """An invalid handshake is refused with a problem body before any upgrade, and takes no place."""
    client = await server.connect()
    client.send(upgrade_head(**headers))

    got, response_headers, body = await client.response()

    assert status == got
    assert response_headers["content-type"].startswith("application/problem+json")
    assert status == json.loads(body)["status"]
    assert server.system.connections == 0


async def test_plain_get_answers_426(server):
    """A plain GET of a WebSocket address is answered with the required upgrade."""
    client = await server.connect()
    client.send(b"GET /api/v1/ws/system/stats HTTP/1.1\r\nHost: tower\r\n\r\n")

    status, headers, _ = await client.response()

    assert status == 426
    assert (headers["upgrade"], headers["connection"]) == ("websocket", "Upgrade")


async def test_an_end_is_announced_with_the_required_upgrade(server):
    """Upgrade is a connection option of each 426 (RFC 9110, 7.8); close is one where the connection ends."""
    for changes in ({"Sec_WebSocket_Version": "8"}, {"Upgrade": "h2c"}):
        client = await server.connect()
        client.send(upgrade_head(**changes))

        status, headers, _ = await client.response()

        assert (status, headers["upgrade"], headers["connection"]) == (426, "websocket", "Upgrade, close")


async def test_a_plain_get_keeps_its_connection(server):
    """After a 426 the same connection answers the next request."""
    client = await server.connect()
    for _ in range(2):
        client.send(b"GET /api/v1/ws/system/stats HTTP/1.1\r\nHost: tower\r\n\r\n")

        assert (await client.response())[0] == 426


async def test_only_a_get_is_upgraded(server):
    """HEAD with a whole handshake answers 426, without a WebSocket (RFC 6455, 4.1)."""
    client = await server.connect()
    client.send(upgrade_head().replace(b"GET", b"HEAD", 1))

    status, _ = await client.head()

    assert (status, server.system.connections) == (426, 0)


async def test_other_subprotocols_are_not_accepted(server, caplog):
    """A subprotocol other than a token is neither accepted nor logged."""
    client = await server.connect()
    client.send(upgrade_head(Sec_WebSocket_Protocol="mqtt, chat"))

    status, headers = await client.head()

    assert status == 101
    assert "sec-websocket-protocol" not in headers
    assert not caplog.records


async def test_one_of_a_thousand_tokens_is_kept(server):
    """A client's offers stay in memory as long as it is connected."""
    await server.upgrade(Sec_WebSocket_Protocol=",".join(["uma.token.a"] * 1000))
    kept = [each for each in gc.get_objects() if isinstance(each, web.Request) and OFFERED_KEY in each]

    assert [each.headers["Sec-WebSocket-Protocol"] for each in kept] == ["uma.token.a"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Connection": "keep-alive\r\nConnection: Upgrade"},
        {"Connection": "Upgrade\r\nConnection: keep-alive"},
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "keep-alive ,\tUPGRADE,"},
        {"Upgrade": "websocket, h2c"},
        {"Upgrade": "h2c, WebSocket"},
        {"Upgrade": "h2c\r\nUpgrade: websocket"},
        {"Upgrade": "websocket\r\nUpgrade: h2c"},
        {"Upgrade": ",websocket,", "Connection": ",upgrade,"},
    ],
)
async def test_lists_in_the_handshake(server, headers):
    """Connection and Upgrade are lists, over several lines too, as proxies and old libraries send them."""
    client = await server.connect()
    client.send(upgrade_head(**headers))

    assert (await client.head())[0] == 101


@pytest.mark.parametrize(
    "headers",
    [
        {"Connection": "keep-alive, upgrades"},
        {"Connection": "xupgrade"},
        {"Connection": "Upgrade h2c"},
        {"Upgrade": "websocketx"},
        {"Upgrade": "websocket/13"},
        {"Upgrade": "h2c;websocket"},
    ],
)
async def test_offers_outside_the_list(server, headers):
    """A word that contains the right one is a different word."""
    client = await server.connect()
    client.send(upgrade_head(**headers))

    assert (await client.response())[0] == 426


def forget_earlier_tests(caplog):
    """Make asyncio log unretrieved errors of earlier tests now, and drop that output."""
    gc.collect()
    caplog.clear()


FOREIGN = [b"\xff", b"Andr\xe9", b"\xed\xa0\x80", b"\xc0\xaf", "\u202e".encode(), b"\x80" * 100]


@pytest.mark.parametrize("value", FOREIGN)
@pytest.mark.parametrize(
    "line", ["Cookie: name=%s", "X-%s: x", "User-Agent: %s", "Sec-WebSocket-Protocol: uma.token.%s", "Accept: %s"]
)
async def test_bytes_that_are_no_utf8(server, caplog, line, value):
    """Such a byte in any header gives an upgrade or a refusal, never a defect, and is not logged."""
    forget_earlier_tests(caplog)
    client = await server.connect()
    extra = line.encode().replace(b"%s", value)
    client.send(upgrade_head().removesuffix(b"\r\n") + extra + b"\r\n\r\n")

    assert (await client.head())[0] in (101, 400)
    assert not caplog.records


@pytest.mark.parametrize("value", FOREIGN)
@pytest.mark.parametrize(
    "name", ["Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Origin", "Host"]
)
async def test_bytes_that_are_no_utf8_in_the_handshakes_own_headers(server, caplog, name, value):
    """They are refused with the status of their fault."""
    forget_earlier_tests(caplog)
    head = upgrade_head(Origin="http://tower")
    lines = [
        line.partition(b":")[0] + b": " + value if line.startswith(name.encode()) else line
        for line in head.split(b"\r\n")
    ]
    client = await server.connect()
    client.send(b"\r\n".join(lines))

    assert (await client.response())[0] in (400, 403, 421, 426)
    assert not caplog.records
