"""Docker's list and inspects: table rows, damage and noise."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.docker.containers.model import ContainerPort
from uma.feeds.docker.containers.parse import Record, parse_digests, parse_inspected, parse_list

from .answers import ID, inspected, listed, state

PLEX_PORT = ContainerPort("0.0.0.0", 32400, 32400, "tcp")


def from_list(**changes: Any) -> Record:
    (record,) = parse_list(json.dumps([listed(**changes)]).encode()).values()
    return record


def from_inspect(**changes: Any) -> Record:
    record = parse_inspected(json.dumps(inspected(**changes)).encode())
    assert record is not None
    return record


def test_a_listed_container_field_by_field() -> None:
    """Name, state, health, ports, mode and address come from the list; labels other than Unraid's are dropped."""
    assert from_list() == Record(
        id=ID,
        name="plex",
        image="plexinc/pms-docker:latest",
        state="running",
        image_id="sha256:0",
        health="healthy",
        network_mode="bridge",
        ports=(PLEX_PORT,),
        address="172.17.0.2",
        manager_label="dockerman",
    )


def test_an_inspected_container_field_by_field() -> None:
    """An inspect adds pid, start, restarts and limit."""
    assert from_inspect() == Record(
        id=ID,
        name="plex",
        image="plexinc/pms-docker:latest",
        state="running",
        health="healthy",
        started_at="2026-11-29T17:47:56Z",
        restart_count=2,
        oom_kills=0,
        network_mode="bridge",
        ports=(PLEX_PORT,),
        address="172.17.0.2",
        webui_label="http://[IP]:[PORT:32400]/web",
        manager_label="dockerman",
        pid=4711,
    )


@pytest.mark.parametrize(
    ("changes", "health"),
    [
        # Before API 1.52 in the text, since then in a field, which has precedence.
        ({"Status": "Up 3 hours (unhealthy)"}, "unhealthy"),
        ({"Status": "Up 2 seconds (health: starting)"}, "starting"),
        ({"Status": "Up 3 hours"}, None),
        ({"Status": "Up 3 hours (Paused)"}, None),
        ({"Status": "Exited (0) 3 hours ago"}, None),
        ({"Status": "Up 3 hours", "Health": {"Status": "healthy", "FailingStreak": 0}}, "healthy"),
        ({"Status": "Up 3 hours (healthy)", "Health": {"Status": "unhealthy"}}, "unhealthy"),
        ({"Status": "Up 3 hours", "Health": {"Status": "none"}}, None),
        ({"Status": None, "Health": {}}, None),
    ],
)
def test_health_before_and_after_api_1_52(changes: dict[str, Any], health: str | None) -> None:
    """Health is in Status or in Health."""
    assert from_list(**changes).health == health


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"State": state("exited", 137, OOMKilled=True)},
            {"state": "exited", "exit_code": 137, "oom_kills": 1, "pid": 0},
        ),
        ({"State": state("restarting", 1)}, {"state": "restarting", "exit_code": 1}),
        ({"State": state("created", 0, StartedAt="0001-01-01T00:00:00Z")}, {"exit_code": None, "started_at": None}),
        ({"State": state("paused", Pid=9)}, {"state": "paused", "pid": 9, "exit_code": None, "health": None}),
        ({"State": state("exited", Health={"Status": "none"})}, {"health": None}),
        # Docker writes this when it ends the checks.
        ({"State": state("exited", Health={"Status": "unhealthy"})}, {"health": None}),
        ({"State": state("paused", Health={"Status": "unhealthy"})}, {"health": None}),
        ({"State": state("running", StartedAt="2026-11-29T18:47:56.5+01:00")}, {"started_at": "2026-11-29T17:47:56Z"}),
        ({"State": state("running", StartedAt="9999-12-31T23:59:59-01:00")}, {"started_at": None}),
        ({"State": state("running", StartedAt="soon")}, {"started_at": None}),
        ({"State": state("running", StartedAt="2026-11-29T17:47:56")}, {"started_at": None}),
        ({"State": state("running", Pid="12", ExitCode="x")}, {"pid": 0}),
        ({"RestartCount": -1}, {"restart_count": None}),
        ({"RestartCount": True}, {"restart_count": None}),
        (
            {"HostConfig": {"Memory": 1 << 30, "NetworkMode": "host"}},
            {"memory_limit_bytes": 1 << 30, "network_mode": "host"},
        ),
        (
            {"HostConfig": None, "NetworkSettings": None, "Config": None},
            {"memory_limit_bytes": None, "ports": (), "image": ""},
        ),
        # An ended container shows the ports that it will publish.
        ({"State": state("exited")}, {"ports": (PLEX_PORT,)}),
        (
            {"NetworkSettings": {"Ports": {"1/tcp": [{"HostIp": "", "HostPort": "0"}, None, 7], "x/tcp": [{}]}}},
            {"ports": ()},
        ),
        ({"NetworkSettings": {"Networks": {"br0": None, "b": {"IPAddress": "192.0.2.9"}}}}, {"address": "192.0.2.9"}),
        ({"Name": "x" * 9999}, {"name": "x" * 256}),
    ],
)
def test_each_row_gives_its_result(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    """Ends, odd times, odd types and missing parts give the field or null."""
    record = from_inspect(**changes)

    assert {key: getattr(record, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["/plex"], "plex"),
        (["/other/alias", "/plex"], "plex"),
        ([], "c1c1c1c1c1c1"),
        (None, "c1c1c1c1c1c1"),
        (["/my.app_1-x"], "my.app_1-x"),
    ],
)
def test_the_name_is_the_containers_own(names: object, expected: str) -> None:
    """A link's alias is not the container's name, and one without a name is named by its id."""
    assert from_list(Names=names).name == expected


@pytest.mark.parametrize("damaged", [None, 7, [], {}, {"Id": None}, {"Id": 5}, {"Id": "x"}, {"Id": "x", "Labels": [1]}])
def test_a_damaged_entry_costs_itself(damaged: object) -> None:
    """Null, foreign and shapeless entries are left out; the others stay."""
    assert list(parse_list(json.dumps([damaged, listed()]).encode())) == [ID]


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[7]", b"\xff", b"[" * 99_999, b'["a", null]'])
def test_other_bodies_than_lists_are_refused(body: bytes) -> None:
    """A text without containers raises ValueError."""
    with pytest.raises(ValueError):
        parse_list(body)


def test_no_container_is_a_list() -> None:
    """A Docker without containers is normal."""
    assert parse_list(b"[]") == {}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=4,
)


@given(
    st.dictionaries(st.sampled_from(sorted(listed())), values),
    st.dictionaries(st.sampled_from(sorted(inspected())), values),
)
def test_no_answer_raises(odd_listed: dict[str, Any], odd_inspected: dict[str, Any]) -> None:
    """Whatever a field contains, the entry is parsed or left out."""
    records = [*parse_list(json.dumps([listed(), listed() | odd_listed]).encode()).values()]
    records.append(parse_inspected(json.dumps(inspected() | odd_inspected).encode()))

    for record in records:
        if record is not None:
            assert record.name
            assert record.state


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"RepoDigests": ["a/b@sha256:1", "host:5000/b@sha256:2"]}, {"sha256:1", "sha256:2"}),
        ({"RepoDigests": []}, set()),
        ({"RepoDigests": None}, set()),
        ({"RepoDigests": "a/b@sha256:1"}, set()),
        ({"RepoDigests": [None, 7, "", "a@", "a@sha256:3"]}, {"sha256:3"}),
        ([], set()),
    ],
)
def test_digests_of_an_image(answer: object, expected: set[str]) -> None:
    """An image may have been pulled under several names; a damaged answer gives no digest."""
    assert parse_digests(json.dumps(answer).encode()) == expected


@pytest.mark.parametrize(
    ("told", "expected"), [("sha256:0a", "sha256:0a"), ("0a", "0a"), ("../x", ""), ("sha256:", ""), (7, "")]
)
def test_an_image_is_asked_for_by_its_id_alone(told: object, expected: str) -> None:
    """A text that is not an id goes into no path."""
    assert from_inspect(Image=told).image_id == from_list(ImageID=told).image_id == expected
