"""REST answers and their errors, asked by a real client."""

import json
import time

import aiohttp
import pytest

from uma.model.health import SourceHealth
from uma.web.access import Policy
from uma.web.served import STORAGE, SYSTEM

from .conftest import event, stats


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


async def test_newest_message_is_the_subscribers_bytes(server, client):
    """REST gives the bytes a subscriber got."""
    server.system.publish(stats())
    subscriber = await server.upgrade()

    async with client.get(server.url + "/api/v1/system/stats") as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        assert (await subscriber.frame())[1] == await response.read()


async def test_nothing_sampled_yet_is_503(server, client):
    """Before the first message there is nothing to give."""
    async with client.get(server.url + "/api/v1/storage/status") as response:
        assert response.status == 503
        assert (await response.json(content_type=None))["status"] == 503


async def test_history_is_columns_of_equal_length(server, client):
    """The retained samples come as columns, oldest first."""
    server.served.history.add(1000.5, stats(1.0))
    server.served.history.add(1005.5, stats(2.0))

    async with client.get(server.url + "/api/v1/system/stats/history") as response:
        columns = await response.json()

    assert columns["timestamp"] == [1000, 1005]
    assert columns["cpu_percent"] == [1.0, 2.0]
    assert {2} == {len(column) for column in columns.values()}


@pytest.mark.parametrize(("query", "expected"), [("", 50), ("?limit=1", 1), ("?limit=60", 60), ("?limit=1000", 70)])
async def test_recent_events(server, client, query, expected):
    """The newest events come as an array, oldest first, 50 unless asked otherwise."""
    for seq in range(1, 71):
        server.docker.publish(event(seq))

    async with client.get(server.url + "/api/v1/docker/events" + query) as response:
        messages = await response.json()

    assert [message["data"]["seq"] for message in messages] == list(range(71 - expected, 71))


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.5", "", "abc", "%D9%A1", "1&limit=2", "99999999999999999999"])
async def test_bad_limits_are_400(server, client, limit):
    """Anything but one whole number from 1 to 1000 is refused."""
    async with client.get(f"{server.url}/api/v1/docker/events?limit={limit}") as response:
        assert response.status == 400
        assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/api/v1/nothing", 404), ("POST", "/api/v1/health", 405), ("DELETE", "/", 405)],
)
async def test_errors_have_problem_bodies(server, client, method, path, status):
    """Unknown paths give 404, wrong methods 405, each with type, title, status and detail."""
    async with client.request(method, server.url + path) as response:
        body = json.loads(await response.read())

        assert response.status == status == body["status"]
        assert response.content_type == "application/problem+json"
        assert {"type", "title", "status", "detail"} == body.keys()


async def test_health_names_streams_and_sources(server, client):
    """Health counts each stream's connections and messages and repeats what each source said."""
    server.system.publish(stats())
    await server.upgrade()

    async with client.get(server.url + "/api/v1/health") as response:
        health = await response.json()

    assert health["status"] == "healthy"
    assert health["service"] == "uma"
    assert health["streams"][SYSTEM] | {"last_message_at": None} == {
        "connections": 1, "limit": 3, "messages": 1, "dropped_clients": 0, "last_message_at": None,
    }  # fmt: skip
    assert health["sources"]["system"] == {"status": "ok", "detail": "sampling", "since": "2025-06-15T23:00:00Z"}


@pytest.mark.parametrize(
    ("status", "expected"), [("ok", "healthy"), ("unavailable", "healthy"), ("failed", "degraded")]
)
async def test_a_failed_source_degrades(server, client, status, expected):
    """An absent source is normal, a failed one is not."""
    server.served.sources["docker"] = SourceHealth(status, "", 0.0)

    async with client.get(server.url + "/api/v1/health") as response:
        assert expected == (await response.json())["status"]


async def test_an_old_message_degrades(server, client):
    """A message older than three intervals degrades; a stream without heartbeat may be silent."""
    server.served.started_at = time.time() - 100
    server.served.intervals = {STORAGE: 30}
    async with client.get(server.url + "/api/v1/health") as response:
        assert (await response.json())["status"] == "degraded"

    server.served.intervals = {STORAGE: 40}
    async with client.get(server.url + "/api/v1/health") as response:
        assert (await response.json())["status"] == "healthy"


TOKEN = "secret-token"


@pytest.fixture
def locked(server):
    import hashlib

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
    """With a token set each data address wants it, as header or query; the page at / does not."""
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
    """Without the token no upgrade."""
    from .raw import upgrade_head

    client = await locked.connect()
    client.send(upgrade_head())
    assert (await client.response())[0] == 401


async def test_admitted_pages_may_read(server, client):
    """A page that is let in gets its origin back; one that is refused gets no CORS header."""
    origin = {"Origin": "http://192.168.1.77:3000"}
    async with client.get(server.url + "/api/v1/health", headers=origin) as response:
        assert response.headers["Access-Control-Allow-Origin"] == origin["Origin"]
        assert response.headers["Vary"] == "Origin"
    async with client.get(server.url + "/api/v1/health", headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
        assert not [name for name in response.headers if name.startswith("Access-Control")]


async def test_preflight_of_an_admitted_page(locked, client):
    """A page on the LAN may send its token as a header: the browser's preflight is answered without one."""
    headers = {"Origin": "http://grafana.lan", "Access-Control-Request-Method": "GET"}
    async with client.options(locked.url + "/api/v1/system/stats", headers=headers) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Headers"] == "Authorization"
    headers["Origin"] = "https://evil.example"
    async with client.options(locked.url + "/api/v1/system/stats", headers=headers) as response:
        assert response.status == 403
        assert not [name for name in response.headers if name.startswith("Access-Control")]


async def test_pages_have_a_strict_policy(server, client):
    """Pages come with a policy without inline script, by hash, and never from outside their table."""
    async with client.get(server.url + "/") as response:
        assert response.status == 200
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        etag = response.headers["ETag"]
    async with client.get(server.url + "/", headers={"If-None-Match": etag}) as response:
        assert response.status == 304
    async with client.get(server.url + "/dashboard/a/b.js") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "path", ["/dashboard/../../etc/passwd", "/dashboard/%2e%2e/x", "/dashboard/a%2fb.js%00", "/dashboard/"]
)
async def test_paths_do_not_climb(server, path):
    """What is not in the table of pages is 404, however it is spelt."""
    client = await server.connect()
    client.send(f"GET {path} HTTP/1.1\r\nHost: tower\r\n\r\n".encode())

    assert (await client.response())[0] in (400, 404)
