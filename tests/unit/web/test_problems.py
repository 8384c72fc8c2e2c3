"""Error bodies of RFC 9457."""

import asyncio
import json

import pytest


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


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        (
            "/api/v1/system/stat",
            "there is nothing at /api/v1/system/stat; did you mean /api/v1/system/stats?",
        ),
        ("/api/v1/health/", "there is nothing at /api/v1/health/; did you mean /api/v1/health?"),
        ("/api/v1/system/stats/", "there is nothing at /api/v1/system/stats/; did you mean /api/v1/system/stats?"),
        ("/api/v1/system%2Fstats", "there is nothing at /api/v1/system%2Fstats; did you mean /api/v1/system/stats?"),
        ("/api/v1", "there is nothing at /api/v1 itself; /api/v1/openapi.json lists every address"),
        ("/api/v1/", "there is nothing at /api/v1/ itself; /api/v1/openapi.json lists every address"),
        ("/api/v1/system", "there is nothing at /api/v1/system itself; /api/v1/openapi.json lists every address"),
        ("/nothing", "there is nothing at /nothing"),
    ],
)
async def test_a_nearly_right_address_has_a_guess(server, client, path, detail):
    """404 names the address that was probably meant, or where all are listed."""
    async with client.get(server.url + path) as response:
        assert json.loads(await response.read())["detail"] == detail


@pytest.mark.parametrize(
    ("path", "status", "allowed"),
    [
        ("/", 204, "GET,HEAD,OPTIONS"),
        ("/api/v1/health", 204, "GET,HEAD,OPTIONS"),
        ("/metrics", 204, "GET,HEAD,OPTIONS"),
        ("/nothing", 404, None),
    ],
)
async def test_a_health_check_by_options(server, client, path, status, allowed):
    """HAProxy asks by OPTIONS unless told otherwise, and counts anything but 2xx and 3xx as down."""
    async with client.options(server.url + path) as response:
        assert (response.status, response.headers.get("Allow")) == (status, allowed)


async def test_a_client_that_takes_uma_for_a_proxy_is_told(server):
    """The target of CONNECT has no path to name."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"CONNECT tower:22 HTTP/1.1\r\nHost: tower\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(4096), 30)
    writer.close()

    assert b"404" in answer.splitlines()[0]
    assert b"CONNECT names no path: UMA is not a proxy" in answer
