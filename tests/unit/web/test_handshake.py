"""Handshakes, the guide's and other people's."""

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
    """The guide's curl key gets 101 with the accept of exactly that key."""
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
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "keep-alive"}, 426),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
    ],
)
async def test_refused_handshakes(server, headers, status):
    """What is no handshake is refused with a problem body before any upgrade, and takes no place."""
    client = await server.connect()
    client.send(upgrade_head(**headers))

    got, response_headers, body = await client.response()

    assert status == got
    assert response_headers["content-type"].startswith("application/problem+json")
    assert status == json.loads(body)["status"]
    assert server.system.connections == 0


async def test_plain_get_answers_426(server):
    """A WebSocket address asked for without an upgrade names the upgrade it wants."""
    client = await server.connect()
    client.send(b"GET /api/v1/ws/system/stats HTTP/1.1\r\nHost: tower\r\n\r\n")

    status, headers, _ = await client.response()

    assert status == 426
    assert headers["upgrade"] == "websocket"


async def test_other_subprotocols_are_not_accepted(server, caplog):
    """A subprotocol that is no token is neither accepted nor written to the log."""
    client = await server.connect()
    client.send(upgrade_head(Sec_WebSocket_Protocol="mqtt, chat"))

    status, headers = await client.head()

    assert status == 101
    assert "sec-websocket-protocol" not in headers
    assert not caplog.records


async def test_of_a_thousand_tokens_one_is_kept(server):
    """What a client has offered stays in memory for as long as it is connected."""
    await server.upgrade(Sec_WebSocket_Protocol=",".join(["uma.token.a"] * 1000))
    kept = [each for each in gc.get_objects() if isinstance(each, web.Request) and OFFERED_KEY in each]

    assert [each.headers["Sec-WebSocket-Protocol"] for each in kept] == ["uma.token.a"]
