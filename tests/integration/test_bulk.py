"""Bulk operations of a daemon process on the containers of a real dockerd."""

import asyncio
import http.client
import itertools
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.docker import FakeDocker
from tests.timed import IN_SECONDS
from uma.control import Containers

from .browser import Browser
from .containers import AT_ONCE
from .daemon import Daemon
from .dockerd import IMAGE, OFFLINE, Dockerd
from .programs import until

TOKEN = "a token nobody guesses"
HASH = sha256(TOKEN.encode()).hexdigest()
MANY = 100
IGNORING = 'trap "" TERM; while :; do sleep 1; done'
OBEYING = 'trap "exit 0" TERM; while :; do sleep 0.1; done'

NUMBERS = itertools.count()

MakeDaemon = Callable[..., Daemon]


def call(daemon: Daemon, operation: str, ids: list[str]) -> tuple[int, Any]:
    """Status and JSON of one bulk operation."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=110)
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        path = f"/api/v1/docker/containers/bulk/{operation}"
        connection.request("POST", path, json.dumps({"container_ids": ids}), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def outcomes(answer: Any) -> list[tuple[bool, str]]:
    """Success and message of each result."""
    return [(result["success"], result["message"]) for result in answer["results"]]


async def created(dockerd: Dockerd, count: int, *command: str, **config: Any) -> list[str]:
    """The whole ids of *count* containers that have not been started."""
    places = asyncio.Semaphore(AT_ONCE)
    described = {"Image": IMAGE, "Cmd": command, "HostConfig": {"NetworkMode": "none"}, **OFFLINE, **config}
    async with dockerd.client() as docker:

        async def create() -> str:
            async with places:
                container = await docker.containers.create(described, name=f"c{next(NUMBERS)}")
                return container.id

        return await asyncio.gather(*(create() for _ in range(count)))


def states(dockerd: Dockerd) -> dict[str, str]:
    """Return dockerd's own state of each container."""
    return {each["Id"]: each["State"] for each in dockerd.request("GET", "containers/json", {"all": "1"})}


def name_of(dockerd: Dockerd, container: str) -> str:
    """The container's name, as people say it."""
    name: str = dockerd.request("GET", f"containers/{container}/json")["Name"]
    return name.removeprefix("/")


def controlling(make_daemon: MakeDaemon, dockerd: Dockerd) -> Daemon:
    """A daemon that may control the containers of *dockerd*."""
    daemon = make_daemon(docker_socket=dockerd.socket)
    daemon.configure(CONTROL="yes", TOKEN_SHA256=HASH)
    return daemon.start()


@pytest.mark.timeout(300)
async def test_a_hundred_containers(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """A hundred containers are started and stopped in one call each; those already in the state are reported."""
    daemon = await asyncio.to_thread(controlling, make_daemon, dockerd)
    ids = await created(dockerd, MANY, "sleep", "600", StopSignal="SIGKILL")
    for operation, state, first, again in (
        ("start", "running", "started", "was running already"),
        ("stop", "exited", "stopped", "was not running"),
    ):
        status, answer = await asyncio.to_thread(call, daemon, operation, ids)
        assert status == 200
        assert outcomes(answer) == [(True, first)] * MANY
        assert answer["summary"] == {"total": MANY, "succeeded": MANY, "failed": 0}
        assert states(dockerd) == dict.fromkeys(ids, state)
        _, answer = await asyncio.to_thread(call, daemon, operation, [ids[0][:12]])
        assert outcomes(answer) == [(True, again)]
    log = daemon.log.read_text()
    assert log.count("containers done") == 4
    assert log.count("peer=127.0.0.1") == 8
    assert TOKEN not in log


async def test_one_that_does_not_stop_in_time(dockerd: Dockerd) -> None:
    """Docker kills a container that ignores SIGTERM after its own timeout; one with a longer timeout fails alone."""
    (obeying,) = await created(dockerd, 1, "sh", "-c", OBEYING)
    (impatient,) = await created(dockerd, 1, "sh", "-c", IGNORING, StopTimeout=1)
    (patient,) = await created(dockerd, 1, "sh", "-c", IGNORING, StopTimeout=300)
    everyone = [obeying, impatient, patient]
    containers = Containers(dockerd.socket, operation_timeout=8)
    assert [result.message for result in await containers.operate("start", everyone)] == ["started"] * 3

    results = await containers.operate("stop", everyone)

    assert [(result.success, result.message) for result in results] == [
        (True, "stopped"),
        (True, "stopped"),
        (False, "not done within 8 s; Docker may still do it"),
    ]
    assert states(dockerd) == {obeying: "exited", impatient: "exited", patient: "running"}


async def test_refusals_of_real_docker(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """A container with a missing program, and a paused one, fail with Docker's message; so does an unknown id."""
    daemon = await asyncio.to_thread(controlling, make_daemon, dockerd)
    (broken,) = await created(dockerd, 1, "no-such-program")
    (paused,) = await created(dockerd, 1, "sleep", "600", StopSignal="SIGKILL")
    dockerd.request("POST", f"containers/{paused}/start")
    dockerd.request("POST", f"containers/{paused}/pause")

    _, answer = await asyncio.to_thread(
        call, daemon, "start", [broken, paused, name_of(dockerd, paused), "f" * 12, paused[:12]]
    )
    no_program, no_start, name, unknown, twice = outcomes(answer)

    assert not no_program[0]
    assert "no-such-program" in no_program[1]
    assert not no_start[0]
    assert "paused" in no_start[1]
    assert unknown == (False, "container not found")
    assert name == twice == (no_start[0], f"{no_start[1]} (named twice)")
    assert states(dockerd)[paused] == "paused"


async def test_one_container_by_its_name(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """A container is started, paused, unpaused and stopped by name, each twice; the list shows each state at once."""
    daemon = await asyncio.to_thread(controlling, make_daemon, dockerd)
    (container,) = await created(dockerd, 1, "sleep", "600", StopSignal="SIGKILL")
    name = name_of(dockerd, container)
    outcome = []
    for operation, state in (("start", "running"), ("pause", "paused"), ("unpause", "running"), ("stop", "exited")):
        for _ in range(2):
            status, answer = await asyncio.to_thread(call_one, daemon, name, operation)
            outcome.append((status, answer["message"]))
        assert states(dockerd)[container] == state
        await asyncio.to_thread(until, lambda state=state: shown_state(daemon, name) == state, 1.0, what=state)
    refused, problem = await asyncio.to_thread(call_one, daemon, name, "pause")

    assert outcome == [
        *((200, "started"), (200, "was running already")),
        *((200, "paused"), (200, "was paused already")),
        *((200, "unpaused"), (200, "was not paused")),
        *((200, "stopped"), (200, "was not running")),
    ]
    assert refused == 409
    assert "not running" in problem["detail"]


def call_one(daemon: Daemon, name: str, operation: str) -> tuple[int, Any]:
    """Status and JSON of an operation on one container."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=40)
    try:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        connection.request("POST", f"/api/v1/docker/containers/{name}/{operation}", headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def shown_state(daemon: Daemon, name: str) -> str | None:
    """The state that docker/containers shows of a container."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=5)
    try:
        connection.request("GET", "/api/v1/docker/containers", headers={"Authorization": f"Bearer {TOKEN}"})
        containers = json.loads(connection.getresponse().read())["data"]["containers"]
    finally:
        connection.close()
    return next((container["state"] for container in containers if container["name"] == name), None)


async def test_settings_decide_and_a_reload_changes_it(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """Control exists only with CONTROL and a token; each reload takes effect at once, both ways."""
    daemon = make_daemon(docker_socket=dockerd.socket)
    await asyncio.to_thread(daemon.start)
    (container,) = await created(dockerd, 1, "sleep", "600", StopSignal="SIGKILL")
    statuses = []
    for settings in (
        {},
        {"CONTROL": "yes"},
        {"TOKEN_SHA256": HASH},
        {"CONTROL": "yes", "TOKEN_SHA256": HASH},
        {"CONTROL": "no", "TOKEN_SHA256": HASH},
        {"CONTROL": "yes", "TOKEN_SHA256": "0" * 64},
    ):
        await asyncio.to_thread(daemon.reload, **settings)
        statuses.append((await asyncio.to_thread(call, daemon, "restart", [container]))[0])

    assert statuses == [404, 404, 404, 200, 404, 401]
    assert daemon.log.read_text().count("control stays off") == 1


@pytest.mark.parametrize(
    ("settings", "is_loaded"),
    [
        ({}, False),
        ({"CONTROL": "yes"}, False),
        ({"TOKEN_SHA256": HASH}, False),
        ({"CONTROL": "yes", "TOKEN_SHA256": HASH}, True),
    ],
)
def test_disabled_control_is_not_imported(make_daemon: MakeDaemon, settings: dict[str, str], is_loaded: bool) -> None:
    """Without control a daemon has not loaded its code; with it, it has."""
    daemon = make_daemon()
    daemon.configure(**settings)
    daemon.trace_imports().start().stop()
    log = daemon.log.read_text()
    assert "uma.web.app" in log
    assert ("uma.control" in log) == is_loaded


async def test_docker_stops(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """Without its Docker the call gets 503 with that reason; afterwards it works."""
    daemon = await asyncio.to_thread(controlling, make_daemon, dockerd)
    (container,) = await created(dockerd, 1, "sleep", "600", StopSignal="SIGKILL")
    await asyncio.to_thread(dockerd.stop)
    status, problem = await asyncio.to_thread(call, daemon, "start", [container])
    assert status == 503
    assert "Docker is not running" in problem["detail"]
    await asyncio.to_thread(dockerd.start)
    assert outcomes((await asyncio.to_thread(call, daemon, "start", [container]))[1]) == [(True, "started")]


@IN_SECONDS
async def test_stopping_the_daemon_meanwhile(make_daemon: MakeDaemon, dockerd: Dockerd) -> None:
    """The daemon ends in time while a container is still stopping."""
    daemon = await asyncio.to_thread(controlling, make_daemon, dockerd)
    (slow,) = await created(dockerd, 1, "sh", "-c", IGNORING, StopTimeout=5)
    await asyncio.to_thread(call, daemon, "start", [slow])
    async with asyncio.TaskGroup() as tasks:
        calling = tasks.create_task(asyncio.to_thread(cut_off, daemon, slow))
        await asyncio.to_thread(daemon.program.until_output, "bulk operation requested", times=2)
        took = await asyncio.to_thread(daemon.stop)

    assert took < 2
    assert calling.result()


def cut_off(daemon: Daemon, container: str) -> bool:
    """Return True if a call ends without an answer."""
    try:
        call(daemon, "stop", [container])
    except (OSError, http.client.HTTPException):
        return True
    return False


STOP = """
(async (base, token, body) => {
    const within = (promise) => Promise.race([
        promise.then((value) => value, () => 'no'), new Promise((give) => { setTimeout(give, 5000, 'no'); }),
    ]);
    const post = (type, headers, mode) => fetch(`${base}/api/v1/docker/containers/bulk/stop?token=${token}`, {
        method: 'POST', body, mode, headers: { 'Content-Type': type, ...headers },
    }).then((answer) => String(answer.status));
    // As its own form would, without a question before.
    const form = await within(post('text/plain', {}, 'no-cors'));
    const json = await within(post('application/json', { Authorization: `Bearer ${token}` }));
    return [form, json];
})
"""
"""A page that knows the token, and tries to stop what it may not."""


@pytest.mark.parametrize(("host", "answers"), [("evil.example", ["no", "no"]), ("grafana", ["no", "200"])])
async def test_pages_in_a_browser(
    make_daemon: MakeDaemon,
    victim: Browser,
    site: int,
    tmp_path: Path,
    host: str,
    answers: list[str],
) -> None:
    """A foreign page stops nothing in a real browser, even with the token; one on the LAN may, by header and JSON."""
    container = "5c" * 32
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        docker.states[container] = "running"
        daemon = make_daemon(docker_socket=docker.socket)
        daemon.configure(CONTROL="yes", TOKEN_SHA256=HASH)
        await asyncio.to_thread(daemon.start)
        words = json.dumps([f"http://{daemon.server}", TOKEN, json.dumps({"container_ids": [container]})])

        def visit() -> Any:
            page = victim.open(f"http://{host}:{site}/")
            try:
                return page.evaluate(f"({STOP})(...{words})")
            finally:
                page.close()

        assert answers == await asyncio.to_thread(visit)
        assert docker.states[container] == ("exited" if "200" in answers else "running")
        assert len(docker.operations) == answers.count("200")
