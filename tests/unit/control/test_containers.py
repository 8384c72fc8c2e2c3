"""Operations on containers, against a Docker that misbehaves on command."""

import asyncio

import pytest

from tests.fakes.docker import CUT, ERROR, FakeDocker
from uma.control import containers as module
from uma.control.containers import AT_ONCE, Containers
from uma.errors import DockerUnavailable

PLEX, TWIN, OTHER = "5c" * 32, "5c" * 6 + "7" * 52, "a8" * 32


@pytest.fixture
async def docker(tmp_path):
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        docker.states = {PLEX: "running", OTHER: "exited"}
        docker.names = {PLEX: "plex", OTHER: "a5c5c5c5c5c5"}
        yield docker


async def told(docker, operation, *asked, **options):
    """Success and message of each result, after a check that the results match the requested containers."""
    results = await Containers(docker.socket, **options).operate(operation, asked)
    assert [result.container_id for result in results] == list(asked)
    return [(result.success, result.message) for result in results]


@pytest.mark.parametrize(
    ("operation", "expected", "states"),
    [
        ("start", [(True, "was running already"), (True, "started")], ["running", "running"]),
        ("stop", [(True, "stopped"), (True, "was not running")], ["exited", "exited"]),
        ("restart", [(True, "restarted"), (True, "restarted")], ["running", "running"]),
    ],
)
async def test_operations(docker, operation, expected, states):
    """Each operation brings running and stopped containers into its state, and reports which were already in it."""
    assert await told(docker, operation, PLEX[:12], OTHER) == expected
    assert [docker.states[PLEX], docker.states[OTHER]] == states
    assert sorted(docker.operations) == [(operation, PLEX), (operation, OTHER)]


@pytest.mark.parametrize(
    ("operation", "state", "expected", "after"),
    [
        ("pause", "running", (True, "paused"), "paused"),
        ("pause", "paused", (True, "was paused already"), "paused"),
        ("unpause", "paused", (True, "unpaused"), "running"),
        ("unpause", "running", (True, "was not paused"), "running"),
        ("pause", "exited", (False, "Docker answered 409: it can't be done now"), "exited"),
        ("unpause", "exited", (False, "Docker answered 409: it can't be done now"), "exited"),
    ],
)
async def test_pausing(docker, operation, state, expected, after):
    """A pause and its end bring a container into its state; one that does not run is refused by Docker."""
    docker.states[PLEX] = state

    assert await told(docker, operation, PLEX) == [expected]
    assert docker.states[PLEX] == after


@pytest.mark.parametrize("asked", ["plex", "/plex", PLEX, PLEX[:12]])
async def test_a_container_by_name_or_id(docker, asked):
    """A name works like an id, with or without Docker's slash."""
    assert await told(docker, "stop", asked) == [(True, "stopped")]
    assert docker.operations == [("stop", PLEX)]


async def test_a_name_that_looks_like_an_id(docker):
    """A container with a name of twelve hex digits is found by it."""
    assert await told(docker, "start", "a5c5c5c5c5c5") == [(True, "started")]
    assert docker.operations == [("start", OTHER)]


async def test_a_name_that_is_anothers_id(docker):
    """If a text is one container's name and the start of another's id, neither is stopped; the full id works."""
    docker.names[OTHER] = PLEX[:12]

    (ambiguous,) = await told(docker, "stop", PLEX[:12])
    assert not ambiguous[0]
    assert "64 characters" in ambiguous[1]
    assert await told(docker, "stop", PLEX) == [(True, "stopped")]
    assert docker.operations == [("stop", PLEX)]


@pytest.mark.parametrize(
    "asked",
    [
        *("0" * 12, "0" * 64, PLEX[:11], PLEX[:13], PLEX[:12].upper(), "", "/", "//plex", "Plex", "ple", "plex/"),
        *("../../images/json", PLEX + "\n", "other/alias", "%70lex", "plex?t=0", "p" * 60_000),
    ],
)
async def test_invalid_containers(docker, asked):
    """Prefixes, other spellings and unknown names are not found, even if Docker would accept them."""
    docker.names[OTHER] = "other/alias"

    assert await told(docker, "stop", asked, PLEX) == [(False, "container not found"), (True, "stopped")]
    assert docker.operations == [("stop", PLEX)]


async def test_an_id_that_two_containers_begin_with(docker):
    """A short id that two containers share stops neither; the full id works."""
    docker.states[TWIN] = "running"

    (ambiguous,) = await told(docker, "stop", PLEX[:12])
    assert not ambiguous[0]
    assert "64 characters" in ambiguous[1]
    assert await told(docker, "stop", TWIN) == [(True, "stopped")]
    assert docker.operations == [("stop", TWIN)]


async def test_a_container_that_is_asked_for_twice(docker):
    """One container, given by its short and its full id, is restarted once; both entries have its result."""
    assert await told(docker, "restart", PLEX[:12], OTHER, PLEX) == [
        (True, "restarted"),
        (True, "restarted"),
        (True, "restarted (named twice)"),
    ]
    assert sorted(docker.operations) == [("restart", PLEX), ("restart", OTHER)]


async def test_eight_at_a_time(docker):
    """At most 8 of 100 containers in two calls are worked on at the same time, and all are done."""
    many = [f"{number:064x}" for number in range(100)]
    docker.states = dict.fromkeys(many, "running")
    containers = Containers(docker.socket)

    halves = await asyncio.gather(containers.operate("stop", many[:50]), containers.operate("stop", many[50:]))

    assert [result.success for half in halves for result in half] == [True] * 100
    assert docker.busiest == AT_ONCE == 8


async def test_one_that_takes_too_long(docker):
    """If Docker does not answer in time for a container, only that container fails."""
    docker.faults[PLEX] = "silence"

    assert await told(docker, "stop", PLEX, OTHER, operation_timeout=2) == [
        (False, "not done within 2 s; Docker may still do it"),
        (True, "was not running"),
    ]


async def test_refusals_of_docker(docker):
    """Docker's own message is the result, on one line."""
    docker.faults[OTHER] = ERROR

    assert await told(docker, "start", OTHER) == [
        (False, "Docker answered 500: driver failed programming external connectivity")
    ]


async def test_docker_goes_away_meanwhile(docker):
    """A connection that breaks fails its container and no other."""
    docker.faults[PLEX] = CUT

    assert await told(docker, "stop", PLEX, OTHER) == [(False, "Docker went away meanwhile"), (True, "was not running")]


async def test_a_container_that_is_removed_meanwhile(docker, monkeypatch):
    """A container that is gone when its turn comes is reported as missing."""
    monkeypatch.setattr(module.Containers, "_read_list", lambda *_: listed())

    async def listed():
        return [module._Listed("e" * 64, None)]

    assert await told(docker, "stop", "e" * 12) == [(False, "container no longer exists")]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("error", "returned 500: out of paper"),
        ("garbage", "invalid list of containers"),
        ("odd", "invalid list of containers"),
        ("cut", "closed the connection"),
        ("silence", "has not answered GET /containers/json for 2 s"),
    ],
)
async def test_a_docker_that_does_not_list(docker, monkeypatch, fault, reason):
    """Without a list no container is changed."""
    monkeypatch.setattr(module, "LIST_TIMEOUT", 2)
    docker.faults["containers/json"] = fault

    with pytest.raises(DockerUnavailable, match=reason):
        await told(docker, "stop", PLEX)
    assert docker.operations == []


async def test_no_docker(docker, tmp_path):
    """Docker is off if the socket is missing, has no listener, or is not a socket."""
    await docker.stop(leave_socket=True)
    with pytest.raises(DockerUnavailable, match="nothing listens at"):
        await told(docker, "stop", PLEX)
    docker.socket.unlink()
    with pytest.raises(DockerUnavailable, match="no socket at"):
        await told(docker, "stop", PLEX)
    docker.socket.mkdir()
    with pytest.raises(DockerUnavailable):
        await told(docker, "stop", PLEX)
