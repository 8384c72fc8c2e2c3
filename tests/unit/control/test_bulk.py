"""Bulk operations over HTTP: accepted and refused requests, and the log of each call."""

import gzip
import json
from hashlib import sha256

import pytest
from structlog.testing import capture_logs

from tests.fakes.docker import FakeDocker
from tests.schemas import violations
from uma.control import Bulk, Containers, bulk
from uma.web.access import Policy

TOKEN = "a token nobody guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
STOP = "/api/v1/docker/containers/bulk/stop"
PLEX, OTHER = "5c" * 32, "a8" * 32
POST = f"POST {STOP} HTTP/1.1\r\nHost: tower\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def docker(tmp_path):
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        docker.states = {PLEX: "running", OTHER: "running"}
        yield docker


@pytest.fixture
def controlled(server, docker):
    """A server that controls the containers of a Docker."""
    server.served.policy = Policy(
        token_sha256=sha256(TOKEN.encode()).hexdigest(), key_sha256=sha256(b"the key").hexdigest()
    )
    server.served.control = Bulk(Containers(docker.socket)).answer
    return server


def asking_for(*ids):
    return json.dumps({"container_ids": ids})


async def post(client, server, body, path=STOP, headers=BEARER, content_type="application/json"):
    """Status, content type and JSON of the answer to a POST."""
    headers = {"Content-Type": content_type, **headers}
    async with client.post(server.url + path, data=body, headers=headers) as response:
        return response.status, response.content_type, await response.json()


async def post_one(client, server, name, operation, headers=BEARER, **options):
    """Status and JSON of the answer to an operation on one container."""
    path = f"/api/v1/docker/containers/{name}/{operation}"
    async with client.post(server.url + path, headers=headers, **options) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("asked", ["plex", PLEX, PLEX[:12], "%70lex", "%2Fplex"])
@pytest.mark.parametrize(
    ("operation", "message", "state"),
    [
        ("start", "was running already", "running"),
        ("stop", "stopped", "exited"),
        ("restart", "restarted", "running"),
        ("pause", "paused", "paused"),
        ("unpause", "was not paused", "running"),
    ],
)
async def test_one_container(controlled, client, docker, asked, operation, message, state):
    """A container has its own address, by name and by id; 200 has its result, as in the schema."""
    docker.names = {PLEX: "plex"}
    status, answer = await post_one(client, controlled, asked, operation)

    assert status == 200
    assert violations("BulkResult", answer) == []
    assert (answer["success"], answer["message"]) == (True, message)
    assert docker.states == {PLEX: state, OTHER: "running"}


async def test_one_container_that_can_not(controlled, client, docker):
    """404 for a missing container, 409 with Docker's message, 503 without Docker; each is logged."""
    docker.states[OTHER] = "exited"
    with capture_logs() as logs:
        missing = await post_one(client, controlled, "nobody", "stop")
        refused = await post_one(client, controlled, OTHER, "pause")
        await docker.stop()
        absent = await post_one(client, controlled, OTHER, "start")

    assert [(status, answer["detail"]) for status, answer in (missing, refused)] == [
        (404, "container not found"),
        (409, "Docker answered 409: it can't be done now"),
    ]
    assert absent[0] == 503
    assert [line["event"] for line in logs].count("bulk operation requested") == 3


@pytest.mark.parametrize(
    ("headers", "name", "operation", "status"),
    [
        ({}, "plex", "stop", 401),
        ({"Authorization": "Bearer another"}, "plex", "stop", 401),
        ({**BEARER, "Origin": "http://evil.example"}, "plex", "stop", 403),
        ({**BEARER, "Host": "evil.example"}, "plex", "stop", 421),
        (BEARER, "plex", "kill", 404),
        (BEARER, "plex", "json", 404),
        (BEARER, "plex/x", "stop", 404),
        (BEARER, "", "stop", 404),
    ],
)
async def test_one_container_is_guarded(controlled, client, docker, headers, name, operation, status):
    """A client that may not use the bulk addresses may not use these; no other operation exists."""
    docker.names = {PLEX: "plex"}

    assert (await post_one(client, controlled, name, operation, headers=headers))[0] == status
    assert docker.operations == []


async def test_one_container_by_token_in_the_address(controlled, client, docker):
    """A token in an address allows reading only, here too."""
    status, _ = await post_one(client, controlled, PLEX, f"stop?token={TOKEN}", headers={})

    assert status == 401
    assert docker.operations == []


@pytest.mark.parametrize("body", [b"", b"{}", b"x" * 1000])
async def test_one_container_takes_no_body(controlled, client, docker, body):
    """Other keys of the body are ignored."""
    assert (await post_one(client, controlled, PLEX, "stop", data=body))[0] == 200


async def test_one_container_while_control_is_off(controlled, client, docker):
    """Without control the address does not exist."""
    controlled.served.control = None

    assert (await post_one(client, controlled, PLEX, "stop"))[0] == 404
    assert docker.operations == []


@pytest.mark.parametrize("operation", ["start", "stop", "restart"])
async def test_a_result_for_each(controlled, client, docker, operation):
    """200 has a result for each container in the requested order, and their sum, as in the schema."""
    path = f"/api/v1/docker/containers/bulk/{operation}"
    status, content_type, answer = await post(client, controlled, asking_for("0" * 12, PLEX[:12]), path)

    assert (status, content_type) == (200, "application/json")
    assert violations("BulkAnswer", answer) == []
    assert [result["success"] for result in answer["results"]] == [False, True]
    assert answer["summary"] == {"total": 2, "succeeded": 1, "failed": 1}
    assert docker.operations == [(operation, PLEX)]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("", "not valid JSON"),
        ("stop plex", "not valid JSON"),
        ('{"container_ids":["5c5c5c5c5c5c"]', "not valid JSON"),
        (b'{"container_ids":["\xff\xfe"]}', "not valid JSON"),
        ('{"x":' + "[" * 60_000, "not valid JSON"),
        ('{"container_ids":["5c5c5c5c5c5c"]} {}', "not valid JSON"),
        ("null", "container_ids"),
        ("[]", "container_ids"),
        ("{}", "container_ids"),
        ('{"ids":["5c5c5c5c5c5c"]}', "container_ids"),
        ('{"container_ids":"5c5c5c5c5c5c"}', "container_ids"),
        ('{"container_ids":[5]}', "container_ids"),
        ('{"container_ids":[null]}', "container_ids"),
        ('{"container_ids":[["5c5c5c5c5c5c"]]}', "container_ids"),
        ('{"container_ids":null}', "container_ids"),
        ('{"container_ids":[]}', "has 0 entries, where 1 to 100"),
        (asking_for(*[PLEX] * 101), "has 101 entries, where 1 to 100"),
    ],
)
async def test_bodies_that_make_no_sense(controlled, client, docker, body, word):
    """Each gets 400 with a problem that gives the reason, and no container is changed."""
    status, content_type, problem = await post(client, controlled, body)

    assert (status, content_type) == (400, "application/problem+json")
    assert word in problem["detail"]
    assert docker.requests == []


async def test_other_keys_are_ignored(controlled, client, docker):
    """Keys beside the ids are ignored."""
    assert (await post(client, controlled, json.dumps({"container_ids": [PLEX], "force": True})))[0] == 200


async def test_a_hundred_whole_ids(controlled, client, docker):
    """The maximum number fits into a request, with full ids."""
    docker.states = {f"{number:064x}": "running" for number in range(100)}
    _, _, answer = await post(client, controlled, asking_for(*docker.states))

    assert answer["summary"] == {"total": 100, "succeeded": 100, "failed": 0}


@pytest.mark.parametrize("coding", ["gzip", "deflate", "compress"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
async def test_compressed_bodies(controlled, client, docker, coding, pack):
    """A body that is declared as compressed gets 415, whether it is or not."""
    body = pack(asking_for(PLEX).encode())
    status, content_type, _ = await post(client, controlled, body, headers={**BEARER, "Content-Encoding": coding})

    assert (status, content_type) == (415, "application/problem+json")
    assert docker.requests == []


async def test_identity_is_no_compression(controlled, client, docker):
    """A body that is declared as uncompressed is read."""
    assert (await post(client, controlled, asking_for(PLEX), headers={**BEARER, "Content-Encoding": "Identity"}))[
        0
    ] == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_content_types_of_a_form(controlled, client, docker, content_type):
    """Content types that a foreign page's form may send without a preflight get 415."""
    assert (await post(client, controlled, asking_for(PLEX), content_type=content_type))[0] == 415
    assert docker.requests == []


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, ""),
        ({"Authorization": "Bearer another"}, ""),
        ({"Authorization": "Bearer the key"}, ""),
        ({}, f"?token={TOKEN}"),
        ({"Sec-WebSocket-Protocol": f"uma.token.{TOKEN}"}, ""),
        ({"Cookie": f"token={TOKEN}"}, ""),
    ],
)
async def test_the_token_comes_as_a_header(controlled, client, docker, headers, query):
    """Without the token in Authorization it is 401, wherever else the token is; root's key for reading is not
    enough.
    """
    with capture_logs() as logs:
        status, _, problem = await post(client, controlled, asking_for(PLEX), STOP + query, headers=headers)

    assert status == 401
    assert [(line["event"], line["peer"], line["status"]) for line in logs] == [("change refused", "127.0.0.1", 401)]
    assert "Authorization" in problem["detail"]
    assert docker.requests == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_only_post(controlled, client, docker, method):
    """Other methods get 405 with the allowed one; an unknown operation is 404."""
    async with client.request(method, controlled.url + STOP, headers=BEARER) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert (await post(client, controlled, asking_for(PLEX), STOP.replace("stop", "kill")))[0] == 404
    assert docker.requests == []


async def test_switched_off_it_is_not_there(controlled, client):
    """Without control each method gets 404, like any unknown path, and again after it was on."""
    control, controlled.served.control = controlled.served.control, None
    for method in ("POST", "GET", "OPTIONS"):
        async with client.request(method, controlled.url + STOP, headers=BEARER) as response:
            assert response.status == 404
    controlled.served.control = control
    assert (await post(client, controlled, asking_for(PLEX)))[0] == 200
    controlled.served.control = None
    assert (await post(client, controlled, asking_for(PLEX)))[0] == 404


async def test_pages(controlled, client, docker):
    """The preflight of a page on the LAN allows its POST; a foreign page's does not, and its POST gets 403."""
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with client.options(controlled.url + STOP, headers={"Origin": "http://grafana.lan", **asks}) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Methods"] == "POST"
        assert response.headers["Access-Control-Allow-Headers"] == "Authorization, X-UMA-Token, Content-Type"
    foreign = {"Origin": "https://evil.example"}
    async with client.options(controlled.url + STOP, headers={**foreign, **asks}) as response:
        assert response.status == 403
        assert not [name for name in response.headers if name.startswith("Access-Control")]
    assert (await post(client, controlled, asking_for(PLEX), headers={**foreign, **BEARER}))[0] == 403
    # Without an origin the token decides: no page can know it.
    assert (await post(client, controlled, asking_for(PLEX), headers={"Origin": "null"}))[0] == 401
    async with client.options(
        controlled.url + "/api/v1/health", headers={"Origin": "http://grafana.lan", **asks}
    ) as response:
        assert response.headers["Access-Control-Allow-Methods"] == "GET"
    assert docker.requests == []


@pytest.mark.parametrize("size", [65_537, 1_000_000])
async def test_a_body_that_is_too_large(controlled, docker, size):
    """A body over 64 KiB gets 413 before it has come."""
    client = await controlled.connect()
    client.send(f"{POST}Content-Length: {size}\r\n\r\n".encode())

    assert (await client.response())[0] == 413
    await client.ended()


async def test_a_body_of_64_kib(controlled, docker):
    """A body of exactly 64 KiB is read, in any pieces; bytes after it are not."""
    body = asking_for(PLEX).ljust(65_536).encode()
    client = await controlled.connect()
    client.send(f"{POST}Content-Length: {len(body)}\r\n\r\n".encode() + body[:10])
    for start in range(10, len(body), 20_000):
        client.send(body[start : start + 20_000])
        await client.writer.drain()
    client.send(b"GET /api/v1/health HTTP/1.1\r\nHost: tower\r\n\r\n")
    status, headers, _ = await client.response()

    assert (status, headers["connection"]) == (200, "close")
    assert await client.reader.read() == b""


@pytest.mark.parametrize("rest", ["Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "\r\n"])
async def test_a_body_without_a_length(controlled, docker, rest):
    """Chunked encoding, or no length at all, gets 411."""
    client = await controlled.connect()
    client.send(f"{POST}{rest}".encode())

    assert (await client.response())[0] == 411


async def test_a_body_that_does_not_come(controlled, docker, monkeypatch):
    """A body that is not complete in time gets 408, and the connection ends."""
    monkeypatch.setattr(bulk, "BODY_TIMEOUT", 0.2)
    client = await controlled.connect()
    client.send(f'{POST}Content-Length: 100\r\n\r\n{{"container_'.encode())

    assert (await client.response())[0] == 408
    await client.ended()
    assert docker.requests == []


async def test_a_client_that_goes_away_in_its_body(controlled, client, docker):
    """Half a body has no effect, and the next client is served."""
    vanishing = await controlled.connect()
    vanishing.send(f'{POST}Content-Length: 100\r\n\r\n{{"container_ids":["{PLEX}"]}}'.encode())
    await vanishing.writer.drain()
    vanishing.writer.transport.abort()

    assert (await post(client, controlled, asking_for(OTHER)))[0] == 200
    assert docker.operations == [("stop", OTHER)]


async def test_a_client_that_asks_before_it_sends(controlled, docker):
    """No client gets 100 Continue; one that expects it sends its body anyway after a moment, like curl."""
    body = asking_for(PLEX).encode()
    client = await controlled.connect()
    client.send(f"{POST}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode())
    await client.writer.drain()
    client.send(body)

    assert (await client.response())[0] == 200


async def test_docker_is_off(controlled, client, docker):
    """Without Docker it is 503 with that reason."""
    await docker.stop()
    async with client.post(
        controlled.url + STOP, data=asking_for(PLEX), headers={"Content-Type": "application/json", **BEARER}
    ) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "5"
        assert "Docker is not running" in (await response.json())["detail"]


async def test_each_call_is_logged(controlled, client, docker):
    """Each call, its client and its result are in the log, an invalid call too. The token is not."""
    with capture_logs() as logs:
        await post(client, controlled, asking_for(PLEX, "plex\nplex"))
        await post(client, controlled, "nonsense")
        await docker.stop()
        await post(client, controlled, asking_for(PLEX))

    asked, failed, done, nonsense, again, absent = logs
    assert asked["ids"] == "5c5c5c5c5c5c plex\nplex"
    assert (failed["event"], failed["id"]) == ("container failed", "plex\nplex")
    assert (done["succeeded"], done["failed"]) == (1, 1)
    assert "not valid JSON" in nonsense["reason"]
    assert again["event"] == asked["event"] == "bulk operation requested"
    assert "Docker is not running" in absent["reason"]
    calls = [each for each in logs if each is not failed]
    assert {(each["peer"], each["operation"], each["log_level"]) for each in calls} == {
        ("127.0.0.1", "stop", "warning")
    }
    assert TOKEN not in repr(logs)


async def test_a_half_closed_client_gets_its_result(controlled):
    """A client may half-close after the body: the operation runs, and the result is sent before the end."""
    body = asking_for(PLEX)
    client = await controlled.connect()
    client.send(f"{POST}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    client.writer.write_eof()

    status, _, answer = await client.response()
    assert (status, json.loads(answer)["summary"]["succeeded"]) == (200, 1)
    await client.ended()
