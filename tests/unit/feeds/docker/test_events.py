"""Docker's JSON as UMA's types: table rows, damage and noise."""

import json
import tracemalloc
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.docker import docker_event, recording
from uma.feeds.docker.events import (
    MAX_LINE,
    ContainerEvent,
    Lines,
    container_event_from,
    parse_event,
    parse_refusal,
    version_from,
)
from uma.feeds.docker.states import ContainerStates

ID = "d4763ca527dc2a647c5df0a62477817458e5212e20009e8167f5cdc3338df1e4"
NOW = 1_795_416_741_637_078_029


def raw(**changes: Any) -> dict[str, Any]:
    """Return a start event with changed top-level keys; None removes one."""
    event = {
        "Type": "container",
        "Action": "start",
        "Actor": {"ID": ID, "Attributes": {"image": "plexinc/pms-docker:latest", "name": "plex"}},
        "scope": "local",
        "time": NOW // 1_000_000_000,
        "timeNano": NOW,
    }
    return {key: value for key, value in (event | changes).items() if value is not None}


def actor(**attributes: Any) -> dict[str, Any]:
    return {"ID": ID, "Attributes": {"image": "busybox", "name": "plex", **attributes}}


def test_an_event_is_taken_over_field_by_field() -> None:
    """Id, name, image, action and time come from Action, Actor and timeNano."""
    event = container_event_from(raw())

    assert event == ContainerEvent(
        time_nano=NOW,
        container_id=ID,
        action="start",
        word="",
        name="plex",
        image="plexinc/pms-docker:latest",
        exit_code=None,
        signal=None,
    )


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (raw(Action="health_status: healthy"), {"action": "health_status", "word": "healthy"}),
        (raw(Action="health_status:unhealthy"), {"action": "health_status", "word": "unhealthy"}),
        (raw(Action="exec_create: sh -c 'echo a:b' "), {"action": "exec_create", "word": "sh -c 'echo a:b'"}),
        (raw(Action="die", Actor=actor(exitCode="3")), {"exit_code": "3", "signal": None}),
        (raw(Action="die", Actor=actor(exitCode=137)), {"exit_code": "137"}),
        (raw(Action="die", Actor=actor(exitCode=["3"])), {"exit_code": ""}),
        (raw(Action="die"), {"exit_code": ""}),
        (raw(Action="kill", Actor=actor(signal="15")), {"exit_code": None, "signal": "15"}),
        (raw(Action="exec_die", Actor=actor(exitCode="1")), {"exit_code": None}),
        (raw(Action="start", Actor=actor(exitCode="8", signal="label")), {"exit_code": None, "signal": None}),
        (raw(Actor=actor(name="/plex")), {"name": "plex"}),
        (raw(Action="rename", Actor=actor(name="new", oldName="/old")), {"name": "new"}),
        (raw(Actor=actor(name=None)), {"name": ""}),
        (raw(Actor=actor(name=["plex"])), {"name": ""}),
        (raw(Actor={"ID": ID}), {"container_id": ID, "name": "", "image": ""}),
        (raw(Actor={"ID": ID, "Attributes": None}, **{"from": "old:1"}), {"name": "", "image": "old:1"}),
        (raw(Actor={"ID": ID, "Attributes": ["name"]}), {"name": ""}),
        (raw(Actor=None, id=ID, **{"from": "old:1"}), {"container_id": ID, "image": "old:1"}),
        (raw(Action=None, status="pause"), {"action": "pause"}),
        (raw(timeNano=None), {"time_nano": 0}),
        (raw(timeNano="soon"), {"time_nano": 0}),
        (raw(timeNano=True), {"time_nano": 0}),
        (raw(timeNano=-1), {"time_nano": 0}),
        (raw(timeNano=1 << 64), {"time_nano": 0}),
        (raw(timeNano=1.5), {"time_nano": 0}),
        (raw(time="yesterday"), {"time_nano": NOW}),
        (raw(Actor=actor(name="half \ud83d")), {"name": "half ?"}),
    ],
)
def test_each_row_gives_its_result(event: dict[str, Any], expected: dict[str, Any]) -> None:
    """Old and new shapes, suffixed actions and odd types give the field or its fallback."""
    got = container_event_from(event)

    assert got is not None
    assert {key: getattr(got, key) for key in expected} == expected


@pytest.mark.parametrize(
    "event",
    [
        {},
        raw(Type="network", Action="connect"),
        raw(Type="image", Action="pull"),
        raw(Type=None),
        raw(Type=["container"]),
        raw(Action=None),
        raw(Action=""),
        raw(Action=": healthy"),
        raw(Action=["start"]),
        raw(Actor=None),
        raw(Actor="plex"),
        raw(Actor={"ID": "", "Attributes": {"reclaimed": "0"}}, Action="prune"),
        raw(Actor={"ID": {"a": 1}}),
        {"errorDetail": {"message": "no"}, "error": "no"},
    ],
)
def test_other_events_than_containers_are_left_out(event: dict[str, Any]) -> None:
    """Other types, and events without id or action, give None."""
    assert container_event_from(event) is None


@pytest.mark.parametrize("action", ["exec_create: ls", "exec_start: ls", "exec_die", "exec_detach", "top", "attach"])
def test_looking_in_is_noise(action: str) -> None:
    """exec_*, top and attach are noise."""
    event = container_event_from(raw(Action=action))

    assert event is not None
    assert event.is_noise


@pytest.mark.parametrize("action", ["start", "health_status: healthy", "detach", "stop", "executed", "attach2"])
def test_a_change_is_not_noise(action: str) -> None:
    """Everything else is not noise, even if it looks similar."""
    event = container_event_from(raw(Action=action))

    assert event is not None
    assert not event.is_noise


def test_two_healths_at_one_time_differ() -> None:
    """An event's key includes Docker's whole action, so only true copies share one."""
    healthy, unhealthy, copy = (
        container_event_from(docker_event(action, at=NOW))
        for action in ("health_status: healthy", "health_status: unhealthy", "health_status: healthy")
    )

    assert healthy is not None
    assert unhealthy is not None
    assert copy is not None
    assert healthy.key == copy.key
    assert healthy.key != unhealthy.key


def test_a_recorded_stream_is_understood_to_the_last_line() -> None:
    """Every event of three containers that Docker 20.10 sent is parsed."""
    events = [container_event_from(event) for event in recording("lifecycles-20.10.24.jsonl")]

    assert len(events) == 37
    assert None not in events


@pytest.mark.parametrize(
    "line", [b"", b"{", b'{"a": 1', b"\xff\xfe", b"<html>", b"[1]", b"42", b"null", b"[" * 100_000]
)
def test_other_lines_than_objects_are_refused(line: bytes) -> None:
    """Truncated, binary, foreign, deeply nested and shapeless lines raise only ValueError."""
    with pytest.raises(ValueError):
        parse_event(line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
words = st.sampled_from(["container", "start", "die", "kill", "health_status: healthy", ID, "15"]) | json_values
attribute_dicts = st.dictionaries(st.sampled_from(["name", "image", "exitCode", "signal"]), words)
event_dicts = st.fixed_dictionaries(
    {},
    optional={
        "Type": st.just("container") | json_values,
        "Action": words,
        "Actor": st.fixed_dictionaries({}, optional={"ID": words, "Attributes": attribute_dicts | json_values})
        | json_values,
        "id": words,
        "status": words,
        "from": words,
        "time": json_values,
        "timeNano": st.integers() | json_values,
    },
)


@given(event_dicts)
def test_no_event_object_raises(event: dict[str, Any]) -> None:
    """Any object, written and read as JSON, gives an event that can be encoded, or None."""
    got = parse_event(json.dumps(event).encode())

    if got is not None:
        assert got.container_id
        assert got.action
        assert ":" not in got.action
        assert 0 <= got.time_nano < 1 << 63
        "".join((got.container_id, got.action, got.word, got.name, got.image, got.exit_code or "")).encode()


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda line: b"\n" not in line and line.strip())), st.data())
def test_lines_survive_any_cutting(lines: list[bytes], data: st.DataObject) -> None:
    """In any chunks the same lines come out."""
    stream = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    cutter = Lines()

    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert [line for chunk in chunks for line in cutter.feed(chunk)] == lines


@pytest.mark.parametrize("chunk_size", [7_000, MAX_LINE * 3])
def test_a_line_without_measure_is_left_out(chunk_size: int) -> None:
    """A line over the limit that is not an event is dropped to its end; the ones around it stay."""
    stream = b"before\n" + b"x" * (2 * MAX_LINE) + b"\n" + b"after\n" + b"\r\n\n" + b"later\n"
    cutter = Lines()

    lines = [line for at in range(0, len(stream), chunk_size) for line in cutter.feed(stream[at : at + chunk_size])]

    assert lines == [b"before", b"after", b"later"]


@pytest.mark.parametrize("chunk_size", [7_000, 65_536, MAX_LINE * 3])
@pytest.mark.parametrize("old", [{}, {"status": "die", "id": ID, "from": "evil:1"}])
def test_an_overlong_event_comes_bare(chunk_size: int, old: dict[str, str]) -> None:
    """An event with huge labels keeps its id, action and time, and loses all labels."""
    forged = {"x": '"timeNano":1}' + "A" * MAX_LINE, "exitCode": "0", "y": '"timeNano":2}'}
    event = old | raw(Action="die", Actor=actor(**forged))
    stream = json.dumps(event, separators=(",", ":")).encode() + b"\n"
    cutter = Lines()

    lines = [line for at in range(0, len(stream), chunk_size) for line in cutter.feed(stream[at : at + chunk_size])]

    (got,) = map(parse_event, lines)
    assert got is not None
    assert (got.container_id, got.action, got.time_nano, got.exit_code) == (ID, "die", NOW, "")
    assert got.image == old.get("from", "")
    assert got.is_bare
    assert cutter.shortened == 1


@pytest.mark.parametrize(
    ("action", "attributes", "is_labelled"),
    [
        ("die", {"exitCode": "137"}, False),
        ("kill", {"signal": "15"}, False),
        ("exec_die", {"exitCode": "1"}, False),
        ("start", {}, False),
        ("create", {"exitCode": "0"}, True),
        ("kill", {"signal": "9", "exitCode": "0"}, True),
        ("start", {"signal": "9"}, True),
        ("die", {"exitCode": "<b>"}, True),
        ("die", {"exitCode": "1" * 11}, True),
        ("die", {"exitCode": "1\n"}, True),
        ("die", {"exitCode": "-1"}, True),
        ("kill", {"signal": "<img src=x>"}, True),
        ("kill", {"signal": "A" * 17}, True),
    ],
)
def test_a_label_gives_itself_away(action: str, attributes: dict[str, str], is_labelled: bool) -> None:
    """An attribute that Docker never has, or a value that it never writes, is a label's."""
    event = container_event_from(raw(Action=action, Actor=actor(**attributes)))

    assert event is not None
    assert event.is_labelled == is_labelled
    assert event.exit_code in {None, "", "137", "0"}
    assert event.signal in {None, "", "15", "9"}


def test_every_text_has_bounds() -> None:
    """Whatever an event contains, its frame stays below 8 KB."""
    long = "\x01" * 100_000
    event = container_event_from(raw(Action=f"{long}:{long}", Actor=actor(name=long, image=long)))

    assert event is not None
    assert len(event.name) == len(event.image) == 512
    frame = ContainerStates().message_from(event, seq=1)
    assert len(msgspec.json.encode(frame)) < 8192
    assert container_event_from(raw(Actor={"ID": "a" * 257})) is None


def test_an_endless_line_costs_no_memory() -> None:
    """An endless line is held up to the limit plus a chunk or two."""
    cutter, chunk = Lines(), b"x" * 65_536
    tracemalloc.start()
    try:
        for _ in range(100):
            cutter.feed(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 3 * MAX_LINE


def test_the_longest_line_allowed_is_kept() -> None:
    """A line of exactly the limit passes."""
    assert Lines().feed(b"x" * MAX_LINE + b"\n") == [b"x" * MAX_LINE]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"message": "client version 1.43 is too old"}', "client version 1.43 is too old"),
        ("<h1>Bad\n\n gateway</h1>", "<h1>Bad gateway</h1>"),
        ('{"message": null}', '{"message": null}'),
        ("[]", "[]"),
        ("", ""),
        ("x" * 999, "x" * 200),
    ],
)
def test_a_refusal_is_one_short_line(body: str, expected: str) -> None:
    """Docker's message, or any other text in its place."""
    assert parse_refusal(body) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"Version": "28.2.2", "ApiVersion": "1.50"}, "Docker 28.2.2, API 1.50"),
        ({"Version": None}, "Docker of unknown version, API of unknown version"),
        ([], "Docker of unknown version, API of unknown version"),
    ],
)
def test_the_version_is_named(answer: object, expected: str) -> None:
    """Health names Docker's version and API."""
    assert version_from(answer) == expected
