"""GET /metrics with a real client."""

import time
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.support.feeds import DOCKER, SYSTEM
from tests.support.messages import event, stats
from uma.model.health import SourceHealth
from uma.web.scrapes import Scrapes
from uma.web.state import METRICS


async def scrape(server, client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    async with client.get(server.url + "/metrics") as response:
        assert response.status == 200
        text = await response.text()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse_text(text)
        for sample in family.samples
    }


def series(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


async def test_newest_message_and_connections(server, client):
    """A scrape has the newest message's figures, and counts messages and clients by address."""
    server.system.publish(stats(99.0))
    server.system.publish(stats(15.2))
    await server.upgrade()
    found = await scrape(server, client)
    endpoint = "/api/v1/ws/system/stats"

    assert found[series("uma_cpu_usage_ratio")] == 0.152
    assert found[series("uma_websocket_connections", endpoint=endpoint)] == 1
    assert found[series("uma_websocket_messages_total", endpoint=endpoint, message_type="stats")] == 2
    assert found[series("uma_websocket_dropped_clients_total", endpoint=endpoint)] == 0
    assert found[series("uma_source_up", source="system")] == 1


async def test_before_the_first_message(server, client):
    """Without a sample there is an answer, without invented figures."""
    found = await scrape(server, client)

    assert series("uma_build_info", version="x")[0] in {name for name, _ in found}
    assert series("uma_cpu_usage_ratio") not in found


async def test_the_process(server, client):
    """The daemon reports its own memory, files, CPU time and start, in base units."""
    found = await scrape(server, client)

    assert 1e6 < found[series("process_resident_memory_bytes")] < 1e10
    assert 3 < found[series("process_open_fds")] <= len(list(Path("/proc/self/fd").iterdir())) + 3
    assert 1 < found[series("uma_tasks")] < 50
    assert 0 < found[series("process_cpu_seconds_total")] <= time.process_time()
    assert found[series("process_start_time_seconds")] == server.served.started_at


async def test_formats(server, client):
    """Plain text unless OpenMetrics is requested; each with its content type, and never cached."""
    openmetrics = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
    async with client.get(server.url + "/metrics") as response:
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-store"
        assert b"# EOF" not in await response.read()
    async with client.get(server.url + "/metrics", headers=openmetrics) as response:
        assert response.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        assert (await response.read()).endswith(b"# EOF\n")


async def test_switched_off(server, client):
    """METRICS=no gives 503 with the setting's name."""
    server.served.disabled = {METRICS: "METRICS"}
    async with client.get(server.url + "/metrics") as response:
        assert response.status == 503
        assert "METRICS=no" in (await response.json(content_type=None))["detail"]


async def test_the_address_of_several_streams_counts_its_clients(server, client):
    """It has connections and dropped clients, but no messages of its own: the streams count those."""
    await server.upgrade("/api/v1/ws")
    server.served.multiplex.dropped_clients = 2
    found = await scrape(server, client)

    assert {name: value for (name, labels), value in found.items() if ("endpoint", "/api/v1/ws") in labels} == {
        "uma_websocket_connections": 1,
        "uma_websocket_dropped_clients_total": 2,
    }


async def test_a_stream_switched_off_is_not_in_it(server, client):
    """A disabled stream's last message is no longer published."""
    server.system.publish(stats())
    server.sources[DOCKER].events.add(event())
    server.served.disabled = {SYSTEM: "SYSTEM_STATS", DOCKER: "DOCKER_EVENTS"}
    found = await scrape(server, client)

    assert series("uma_cpu_usage_ratio") not in found
    assert series("uma_docker_events_total", action="start") not in found
    assert "uma_websocket_last_message_timestamp_seconds" not in {name for name, _ in found}


async def test_containers_only_while_docker_is_there(server, client):
    """Containers are counted only while Docker answers."""
    docker = server.sources[DOCKER]
    docker._source._states.prime([("a" * 64, "running"), ("b" * 64, "running"), ("c" * 64, "running")], 0)
    docker.events.add(event())
    docker._is_there = True
    server.served.sources["docker"] = SourceHealth("ok", "", 0.0)
    present = await scrape(server, client)
    docker._is_there = False
    server.served.sources["docker"] = SourceHealth("unavailable", "", 0.0)
    server.served.scrapes = Scrapes()
    absent = await scrape(server, client)

    assert present[series("uma_docker_containers", state="running")] == 3
    assert series("uma_docker_containers", state="running") not in absent
    assert absent[series("uma_docker_events_total", action="start")] == 1
    assert absent[series("uma_source_up", source="docker")] == 0
    assert absent[series("uma_source_failed", source="docker")] == 0


async def test_a_scraper_that_takes_gzip_gets_it(server, client):
    """Compressed and uncompressed it is the same text, and caches can tell them apart."""
    server.system.publish(stats(15.2))
    bodies = {}
    for coding in ("gzip", "identity"):
        async with client.get(server.url + "/metrics", headers={"Accept-Encoding": coding}) as response:
            assert response.headers.get("Content-Encoding", "identity") == coding
            assert response.headers["Vary"] == "Accept, Accept-Encoding"
            bodies[coding] = await response.text()

    names = {coding: {line.split(" ")[0] for line in body.splitlines()} for coding, body in bodies.items()}
    assert names["gzip"] == names["identity"]
    assert "uma_cpu_usage_ratio" in names["gzip"]
