"""Docker's API with limits: its requests, and UMA's errors for failures."""

from pathlib import Path

import pytest

from tests.fakes.docker import CUT, ENDLESS, ERROR, GARBAGE, SILENCE, FakeDocker, docker_event
from tests.unit.fence.conftest import Household
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.docker.client import MAX_ANSWER_BYTES, docker_at


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "docker.sock"


async def test_an_answer_is_read_whole(socket: Path) -> None:
    """JSON is returned unchanged, and paths have no version."""
    async with FakeDocker(socket) as docker, docker_at(socket, answer_timeout=5) as api:
        docker.inspected["c1"] = {"Name": "x" * 300_000}

        assert await api.read_json("GET /containers/ID/json", "containers/c1/json") == docker.inspected["c1"]
        assert docker.requests == ["/containers/c1/json"]


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (GARBAGE, SourceFailed, "Docker's response to GET /version is invalid: JSONDecodeError"),
        (ERROR, SourceFailed, "Docker answered GET /version with 500: out of paper"),
        (SILENCE, SourceFailed, "no response from Docker to GET /version within 0.5 s"),
        (ENDLESS, SourceFailed, f"Docker's response to GET /version exceeds {MAX_ANSWER_BYTES >> 20} MiB"),
        (CUT, SourceUnavailable, "Docker went away during GET /version"),
    ],
)
async def test_every_fault_is_an_error_of_ours(socket: Path, fault: str, error: type, words: str) -> None:
    """Nonsense, errors, silence and endless answers are failures; a truncated answer means that Docker went away."""
    patience = 0.5 if fault == SILENCE else 20
    async with FakeDocker(socket) as docker, docker_at(socket, answer_timeout=patience) as api:
        docker.faults["version"] = fault
        with pytest.raises(error) as raised:
            await api.read_json("GET /version", "version")

    assert str(raised.value).startswith(words)


async def test_a_missing_docker_is_unavailable(socket: Path) -> None:
    """Without a socket Docker is unavailable."""
    async with docker_at(socket, answer_timeout=5) as api:
        with pytest.raises(SourceUnavailable):
            await api.ping("GET /_ping")


async def test_by_the_steward(socket: Path, household: Household) -> None:
    """A daemon that may not connect by itself gets whole answers and streams, one connection each."""
    household.steward.guard_docker(str(socket), controls=False)
    async with FakeDocker(socket) as docker, docker_at(socket, answer_timeout=20, steward=household.steward) as api:
        docker.inspected["c1"] = {"Name": "x" * 300_000}
        asked = {"since": "1.000000000", "filters": '{"type": ["container"]}'}

        assert await api.read_json("GET /containers/ID/json", "containers/c1/json") == docker.inspected["c1"]
        async with api.opened("GET /events", "events", asked) as chunks:
            docker.emit(docker_event("start", at=5))
            assert b'"start"' in await anext(chunks)
            await api.ping("GET /_ping")
        assert docker.requests == ["/containers/c1/json", "/events", "/_ping"]


async def test_a_refusal_of_the_steward_is_a_failure(socket: Path, household: Household) -> None:
    """A request that is not on its list fails; a Docker that is not there is unavailable, as without it."""
    household.steward.guard_docker(str(socket), controls=False)
    async with docker_at(socket, answer_timeout=20, steward=household.steward) as api:
        with pytest.raises(SourceFailed, match="GET /info is refused"):
            await api.read("GET /info", "info")
        with pytest.raises(SourceUnavailable, match="Docker went away"):
            await api.ping("GET /_ping")
