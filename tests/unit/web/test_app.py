"""The order of checks on a request, and the pages that may read the answer."""

import asyncio
import hashlib
import json
from dataclasses import replace

import aiohttp
import pytest

from tests.supervised import until
from tests.support.feeds import DOCKER, GUIDES, STORAGE, SYSTEM
from tests.support.messages import stats
from tests.support.raw_sockets import upgrade_head
from uma.feeds.feed import Demand
from uma.web.access import Policy
from uma.web.app import _fleet, _page, routes
from uma.web.server import IDLE_TIMEOUT

TOKEN = "secret-token"


@pytest.fixture
def locked(server):
    server.served.policy = Policy(token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest())
    server.system.publish(stats())
    return server


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"Authorization": "Bearer wrong"}, "", 401),
        ({"Authorization": f"Basic {TOKEN}"}, "", 401),
        ({"Authorization": f"Bearer {TOKEN}"}, "", 200),
        ({"Authorization": f"bearer {TOKEN}"}, "", 200),
        ({}, f"?token={TOKEN}", 200),
        ({}, "?token=wrong", 401),
    ],
)
async def test_token_over_rest(locked, client, headers, query, status):
    """With a token set each data address requires it, as header or query; the page at / does not."""
    async with client.get(f"{locked.url}/api/v1/system/stats{query}", headers=headers) as response:
        assert response.status == status
        assert (status == 401) == ("WWW-Authenticate" in response.headers)
    async with client.get(locked.url + "/", headers=headers) as response:
        assert response.status == 200


async def test_token_as_subprotocol_is_echoed(locked):
    """A browser offers its token as a subprotocol and gets it back."""
    client = await locked.upgrade(Sec_WebSocket_Protocol=f"chat, uma.token.{TOKEN}")
    assert (await client.frame())[1].startswith(b'{"type":"stats"')

    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(locked.url + "/api/v1/ws/system/stats", protocols=[f"uma.token.{TOKEN}"]) as ws,
    ):
        assert ws.protocol == f"uma.token.{TOKEN}"


async def test_websocket_without_token_is_401(locked):
    """Without the token there is no upgrade."""
    client = await locked.connect()
    client.send(upgrade_head())
    assert (await client.response())[0] == 401


async def test_admitted_pages_may_read(server, client):
    """An accepted page gets its origin back; a refused one gets no CORS header."""
    origin = {"Origin": "http://192.168.1.77:3000"}
    async with client.get(server.url + "/api/v1/health", headers=origin) as response:
        assert response.headers["Access-Control-Allow-Origin"] == origin["Origin"]
        assert response.headers["Vary"] == "Origin"
    async with client.get(server.url + "/metrics", headers=origin) as response:
        assert response.headers["Vary"] == "Accept, Accept-Encoding, Origin"
    async with client.get(server.url + "/api/v1/health", headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
        assert not [name for name in response.headers if name.startswith("Access-Control")]


async def test_preflight_of_an_admitted_page(locked, client):
    """A page on the LAN may send its token as a header: the browser's preflight is answered without a token."""
    headers = {"Origin": "http://grafana.lan", "Access-Control-Request-Method": "GET"}
    async with client.options(locked.url + "/api/v1/system/stats", headers=headers) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Headers"] == "Authorization, X-UMA-Token"
    headers["Origin"] = "https://evil.example"
    async with client.options(locked.url + "/api/v1/system/stats", headers=headers) as response:
        assert response.status == 403
        assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    "path", ["/api/v1/health", "/metrics", "/api/v1/nothing", "/nothing", "/api/v1/ws/system/stats"]
)
async def test_data_is_not_a_document(server, client, path):
    """Data can't be framed, embedded by a foreign page, or read as another type."""
    async with client.get(server.url + path) as response:
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-site"


async def test_every_route_but_the_page_requires_the_token(locked, client):
    """A new address requires the token from its first day, in any spelling of its path."""
    for route in routes(GUIDES):
        is_page = route.handler in (_page, _fleet)
        async with client.request(route.method, locked.url + route.path.replace("{name:.+}", "a/b.js")) as response:
            assert (200 if is_page else 401) == response.status, route.path
    for path in ("/%61pi/v1/health", "/./api/v1/health", "/x/../api/v1/health", "//api/v1/health", "/api/v1/health/"):
        head = await locked.connect()
        head.send(f"GET {path} HTTP/1.1\r\nHost: tower\r\n\r\n".encode())
        assert (await head.response())[0] in (401, 404), path


async def test_an_idle_connection_is_kept_for_a_while(server, client):
    """Each answer on a kept connection has its timeout, and the connection is kept a little longer."""
    async with client.get(server.url + "/api/v1/health") as response:
        assert response.headers["Keep-Alive"] == "timeout=75"
    async with client.get(server.url + "/api/v1/health", headers={"Connection": "close"}) as response:
        assert "Keep-Alive" not in response.headers
    assert IDLE_TIMEOUT > 75


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/metrics"])
async def test_a_health_check_has_no_host(server, method, path):
    """HTTP/1.0 without a Host, as in HAProxy's checks, is accepted: no browser sends it."""
    connection = await server.connect()
    connection.send(f"{method} {path} HTTP/1.0\r\n\r\n".encode())

    answer = await connection.reader.read()

    assert answer.startswith(b"HTTP/1.0 200 OK")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n", 421),
        ("GET / HTTP/1.0\r\nHost:\r\n\r\n", 421),
        ("GET http://evil.example/ HTTP/1.0\r\n\r\n", 421),
        ("GET / HTTP/1.0\r\nOrigin: http://evil.example\r\n\r\n", 403),
        ("GET / HTTP/1.1\r\n\r\n", 400),
    ],
)
async def test_a_host_is_judged_where_it_is_named(server, head, status):
    """A given name is checked in HTTP/1.0 too, and HTTP/1.1 requires one."""
    connection = await server.connect()
    connection.send(head.encode())

    assert f" {status} ".encode() in (await connection.reader.read()).partition(b"\r\n")[0]


async def test_public_fields_need_no_token(locked, client):
    """A GET of a feed with public fields returns those without the token, all with it; nothing else is open."""
    locked.served.feeds = tuple(
        replace(feed, public=("cpu_percent", "uptime")) if feed.name == "system/stats" else feed
        for feed in locked.served.feeds
    )
    url = f"{locked.url}/api/v1/system/stats"
    async with client.get(url) as response:
        public = await response.json()
    async with client.get(url, headers={"Authorization": f"Bearer {TOKEN}"}) as response:
        whole = await response.json()
    async with client.head(url) as response:
        length = (response.status, int(response.headers["Content-Length"]))
    async with client.get(f"{locked.url}/api/v1/health") as response:
        health = response.status
    async with client.get(url, headers={"Origin": "http://evil.example"}) as response:
        foreign = response.status

    assert length == (200, len(json.dumps(public, separators=(",", ":"))))
    assert public["data"] == {"cpu_percent": 15.2, "uptime": 86400}
    assert len(whole["data"]) > 2
    assert (health, foreign) == (401, 403)


async def test_public_fields_are_waited_for(server, client, monkeypatch):
    """Right after the start the token is not blamed; without any message they are 503."""
    server.served.policy = Policy(token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest())
    server.served.feeds = tuple(
        replace(feed, public=("uptime",)) if feed.name in ("system/stats", "storage/status") else feed
        for feed in server.served.feeds
    )
    asked = asyncio.ensure_future(client.get(f"{server.url}/api/v1/system/stats"))
    async with asyncio.timeout(20):
        while not server.system._subscriptions:
            await asyncio.sleep(0.01)
    server.system.publish(stats())
    async with await asked as response:
        assert (await response.json())["data"] == {"uptime": 86400}
    monkeypatch.setattr("uma.web.rest.FIRST_MESSAGE_SECONDS", 0.01)
    async with client.get(f"{server.url}/api/v1/storage/status") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "1")


class Clock:
    """Seconds that a test sets."""

    now = 1000.0

    def __call__(self):
        return self.now


async def test_a_get_and_a_scrape_are_demand_for_two_minutes(server, client):
    """A GET is demand for its own feed, a scrape for every enabled one, a WebSocket client as long as it stays."""
    clock = Clock()
    for stream in server.served.streams.values():
        stream.demand = Demand(clock)
    server.system.publish(stats())
    server.served.disabled = {DOCKER: "DOCKER_EVENTS"}

    def wanted():
        return [name for name, stream in server.served.streams.items() if stream.demand.wanted]

    async with client.get(server.url + "/api/v1/system/stats"):
        assert wanted() == [SYSTEM]
    clock.now += 60
    async with client.get(server.url + "/metrics"):
        assert wanted() == [SYSTEM, STORAGE]
    clock.now += 119
    assert wanted() == [SYSTEM, STORAGE]
    clock.now += 2
    assert wanted() == []
    websocket = await server.upgrade()
    clock.now += 1000
    assert wanted() == [SYSTEM]
    websocket.writer.transport.abort()
    await until(lambda: wanted() == [])
