"""The data in the dashboard's document, as they are sent."""

import gzip
import hashlib
import json
import re
from dataclasses import replace

import pytest

from tests.support.feeds import DOCKER, STORAGE, SYSTEM
from tests.support.messages import event, stats
from uma.web import head_start
from uma.web.pages import index_for, page_from, pages_folder, read_pages

INDEX = b'<head><script src="dashboard/0/early.js"></script></head><uma-dashboard>'


@pytest.fixture
def page(server):
    """The server with a page that has an early script."""
    server.served.pages["index.html"] = page_from("index.html", INDEX)
    return server


async def data_of(server, client) -> dict:
    async with client.get(server.url + "/") as response:
        text = await response.text()
    (data,) = re.findall('<script type="application/json" id="uma-head-start">(.*?)</script>', text)
    return json.loads(data)


async def test_the_page_has_what_it_would_ask_for(page, client):
    """The page contains the newest states, the last events with their number, health and the list of feeds."""
    page.system.publish(stats())
    for _ in range(60):
        page.docker.publish(event())
    data = await data_of(page, client)
    async with client.get(page.url + "/api/v1/feeds") as response:
        assert data["feeds"] == await response.json()
    async with client.get(page.url + f"/api/v1/{SYSTEM}") as response:
        assert data["streams"][SYSTEM]["messages"] == [await response.json()]
    async with client.get(page.url + f"/api/v1/{DOCKER}?limit=50") as response:
        assert data["streams"][DOCKER]["messages"] == await response.json()

    assert data["health"]["service"] == "uma"
    assert data["streams"][DOCKER]["seq"] == page.docker.seq == 60
    assert data["epoch"] == page.served.multiplex.epoch
    # Storage has no message yet.
    assert STORAGE not in data["streams"]


async def test_data_of_the_moment_are_never_cached(page, client):
    """No cache keeps a page with data, and none is answered by 304."""
    async with client.get(page.url + "/", headers={"If-None-Match": "*"}) as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers
        assert "early.js" not in await response.text()


async def test_with_a_token_the_page_has_no_data(page, client):
    """While a token is set the page contains none, whatever the request brings: the page asks for the token."""
    page.system.publish(stats())
    page.served.policy = replace(page.served.policy, token_sha256=hashlib.sha256(b"secret").hexdigest())
    for query, headers in (("", {}), ("?token=secret", {}), ("", {"X-UMA-Token": "secret"})):
        async with client.get(f"{page.url}/{query}", headers=headers) as response:
            assert (await response.read()) == INDEX
            assert response.headers["Cache-Control"] == "no-cache"


async def test_a_foreign_page_gets_no_data(page, client):
    """Host and Origin are checked as for every address with data."""
    for headers, status in (({"Host": "rebound.example"}, 421), ({"Origin": "https://evil.example"}, 403)):
        async with client.get(page.url + "/", headers=headers) as response:
            assert response.status == status
            assert "uma-head-start" not in await response.text()


async def test_old_and_disabled_streams_are_left_out(page, client):
    """A message older than three intervals comes by the socket, which renews it; a disabled stream has none."""
    page.system.publish(stats())
    page.served.intervals = {SYSTEM: 5.0}
    page.system.published_at -= 16
    page.served.disabled = {DOCKER: "DOCKER_EVENTS"}
    assert (await data_of(page, client))["streams"] == {}


async def test_a_stream_without_room_is_left_out(page, client, monkeypatch):
    """The page stays small, however much the streams keep."""
    page.system.publish(stats())
    for _ in range(50):
        page.docker.publish(event())
    monkeypatch.setattr(head_start, "MAX_BYTES", len(page.system.recent[-1]) + 100)
    assert set((await data_of(page, client))["streams"]) == {SYSTEM}


def test_foreign_names_cannot_close_the_element():
    """A container's name in the data is data, never markup."""
    name = "</script><script>alert(1)</script><!--"
    filled = gzip.decompress(index_for(page_from("index.html", INDEX), {}, json.dumps({"name": name}).encode()).packed)
    (data,) = re.findall(rb"<script[^>]*>(.*?)</script>", filled)

    assert filled.count(b"<script") == filled.count(b"</script") == 1
    assert json.loads(data) == {"name": name}


def test_the_checkouts_index_takes_data():
    """The checkout's index has the script that the data replace; another page stays as it is."""
    page = read_pages(pages_folder())["index.html"]

    assert index_for(page, {}, b"{}").has_data
    assert not index_for(page_from("index.html", b"<html>"), {}, b"{}").has_data
