"""REST answers and their errors, with a real client."""

import asyncio
import json
import time

import pytest

from tests.schemas import DOCS, violations
from tests.support.feeds import FEEDS, STORAGE, SYSTEM
from tests.support.messages import event, stats
from tests.support.raw_sockets import TEXT, frame
from uma.feeds.smart.model import SmartReading
from uma.model.health import SourceHealth


async def test_newest_message_is_the_subscribers_bytes(server, client):
    """REST gives the bytes a subscriber got."""
    server.system.publish(stats())
    subscriber = await server.upgrade()

    async with client.get(server.url + "/api/v1/system/stats") as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        assert (await subscriber.frame())[1] == await response.read()


async def test_nothing_sampled_yet_is_503(server, client):
    """Before the first message there is nothing to return."""
    async with client.get(server.url + "/api/v1/storage/status") as response:
        assert response.status == 503
        assert (await response.json(content_type=None))["status"] == 503


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("system/stats/history?range=1h&range=1h", 400),
        ("system/stats/history?token=old&token=new&range=1h", 200),
        ("storage/smart?_=1&_=2", 200),
    ],
)
async def test_a_parameter_given_twice(server, client, path, status):
    """Only an address's own parameter must not come twice: others, such as the token's, are not its own."""
    async with client.get(f"{server.url}/api/v1/{path}") as response:
        assert response.status == status


async def test_history_is_columns_of_equal_length(server, client):
    """Kept samples come as columns, oldest first."""
    server.sources[SYSTEM].history.add(1000.5, stats(1.0))
    server.sources[SYSTEM].history.add(1005.5, stats(2.0))

    async with client.get(server.url + "/api/v1/system/stats/history") as response:
        columns = await response.json()

    assert columns["timestamp"] == [1000, 1005]
    assert columns["cpu_percent"] == [1.0, 2.0]
    assert {2} == {len(column) for column in columns.values()}


async def test_smart_readings_by_slot(server, client):
    """Each drive's last reading has its slot's name, its time and Unraid's watched attributes."""
    server.sources[STORAGE]._smart.readings = {
        "disk1": SmartReading("passed", 34, 20_000, {5: 0, 197: 2}, None, None, 1_750_028_400.5),
        "cache": SmartReading("failed", 50, 900, {}, 101, 3, 1_750_028_400.5),
    }

    async with client.get(server.url + "/api/v1/storage/smart") as response:
        drives = await response.json()

    assert [drive["name"] for drive in drives] == ["cache", "disk1"]
    assert drives[1] == {
        "name": "disk1",
        "health": "passed",
        "temperature": 34,
        "power_on_hours": 20_000,
        "attributes": {"5": 0, "197": 2},
        "wear_percent": None,
        "spare_percent": None,
        "grown_defects": None,
        "uncorrected_errors": None,
        "failing_attributes": [],
        "at": "2025-06-15T23:00:00Z",
    }


@pytest.mark.parametrize(("query", "expected"), [("", 50), ("?limit=1", 1), ("?limit=60", 60), ("?limit=1000", 70)])
async def test_recent_events(server, client, query, expected):
    """The newest events come as an array, oldest first, 50 by default."""
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


async def test_health_names_streams_and_sources(server, client):
    """Health counts connections and messages of each stream, and connections to several, and repeats the sources."""
    server.system.publish(stats())
    await server.upgrade()
    several = await server.upgrade("/api/v1/ws")
    several.send(frame(TEXT, b'{"action":"subscribe","stream":"docker/events"}'))
    await several.frame()

    async with client.get(server.url + "/api/v1/health") as response:
        health = await response.json()

    assert health["status"] == "healthy"
    assert health["service"] == "uma"
    assert health["streams"][SYSTEM] | {"last_message_at": None} == {
        "connections": 1, "limit": 3, "messages": 1, "dropped_clients": 0, "last_message_at": None,
    }  # fmt: skip
    assert health["multiplex"] == {
        "connections": 1,
        "limit": 3,
        "dropped_clients": 0,
        "subscriptions": {"system/stats": 0, "docker/events": 1, "storage/status": 0},
    }
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
    """A message older than three intervals degrades health; a stream without heartbeat may be silent."""
    server.served.began = time.monotonic() - 100
    server.served.intervals = {STORAGE: 30}
    async with client.get(server.url + "/api/v1/health") as response:
        assert (await response.json())["status"] == "degraded"

    server.served.intervals = {STORAGE: 40}
    async with client.get(server.url + "/api/v1/health") as response:
        assert (await response.json())["status"] == "healthy"


@pytest.mark.parametrize(("name", "key"), [("openapi", "openapi"), ("asyncapi", "asyncapi")])
async def test_schemas_are_served(server, client, name, key):
    """Each document is served as committed, and built once."""
    server.served.feeds = FEEDS
    committed = json.loads((DOCS / f"{name}.json").read_text())
    for _ in range(2):
        async with client.get(f"{server.url}/api/v1/{name}.json") as response:
            assert response.content_type == "application/json"
            assert key in committed
            assert await response.json() == committed

    assert list(server.served.documents) == [name]


async def test_answers_are_as_their_schemas_say(server, client):
    """Health, SMART, history, messages and problems match the published schemas, without extra keys."""
    server.sources[STORAGE]._smart.readings = {
        "disk1": SmartReading("passed", None, 20_000, {5: 0}, None, 3, 1_750_028_400.5)
    }
    server.sources[SYSTEM].history.add(1000.5, stats(1.0))
    server.system.publish(stats())
    server.docker.publish(event(1))
    for path, name, of_each in (
        ("health", "Health", False),
        ("storage/smart", "DriveSmart", True),
        ("system/stats/history", "SystemHistory", False),
        ("system/stats", "StatsMessage", False),
        ("docker/events", "DockerEventMessage", True),
        ("storage/status", "Problem", False),
        ("nowhere", "Problem", False),
    ):
        async with client.get(f"{server.url}/api/v1/{path}") as response:
            body = await response.json(content_type=None)

        assert body
        assert violations(name, body, of_each=of_each) == []


async def test_a_get_waits_for_the_first_message(server, client):
    """Right after the start a GET waits for the first message; it takes no place."""
    asked = asyncio.ensure_future(client.get(server.url + "/api/v1/system/stats"))
    async with asyncio.timeout(10):
        while not server.system._subscriptions:
            await asyncio.sleep(0.01)
    connections = server.system.connections
    server.system.publish(stats(42.0))
    async with await asked as response:
        body = await response.json(content_type=None)

    assert connections == 0
    assert (response.status, body["cpu_percent"]) == (200, 42.0)
    assert not server.system._subscriptions


async def test_a_get_of_a_stream_that_closes_is_refused(server, client):
    """If the stream ends during the wait, the GET gets 503 at once."""
    asked = asyncio.ensure_future(client.get(server.url + "/api/v1/system/stats"))
    async with asyncio.timeout(10):
        while not server.system._subscriptions:
            await asyncio.sleep(0.01)
    server.system.close()
    async with await asked as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "1"
