"""The state table: events in, messages out."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.docker import docker_event, recording
from uma.feeds.docker.events import ContainerEvent, container_event_from
from uma.feeds.docker.model import DockerEvent
from uma.feeds.docker.states import MAX_CONTAINERS, ContainerStates

T = 1_795_416_741_000_000_000


def told(
    states: ContainerStates, action: str, container: str = "c1", /, *, at: int = T, **attributes: str
) -> DockerEvent:
    event = container_event_from(docker_event(action, container, at=at, **attributes))
    assert event is not None
    return states.message_from(event, seq=1)


def replayed(events: list[dict[str, Any]]) -> list[DockerEvent]:
    states = ContainerStates()
    parsed = [event for event in map(container_event_from, events) if event is not None and not event.is_noise]
    return [states.message_from(event, seq=seq) for seq, event in enumerate(parsed, 1)]


def test_a_message_has_every_field_of_the_contract() -> None:
    """Action, both ids, name, image, status, exactly two attributes, Docker's time and our number."""
    event = ContainerEvent(T, "abc123def456" + "0" * 52, "start", "", "plex", "plexinc/pms-docker:latest", None, None)

    message = ContainerStates().message_from(event, seq=7)

    assert message == DockerEvent(
        action="start",
        container_id="abc123def456",
        container_name="plex",
        image="plexinc/pms-docker:latest",
        status="running",
        attributes={"exitCode": "0", "signal": ""},
        container_id_full="abc123def456" + "0" * 52,
        time_nano=T,
        seq=7,
    )


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("create", "created"),
        ("start", "running"),
        ("restart", "running"),
        ("unpause", "running"),
        ("pause", "paused"),
        ("die", "exited"),
        ("stop", "exited"),
        ("destroy", "removed"),
    ],
)
@pytest.mark.parametrize("before", ["created", "running", "paused", "restarting", "exited", "dead"])
def test_a_change_gives_its_state_after_any_other(action: str, status: str, before: str) -> None:
    """The actions that change a state determine the next state."""
    states = ContainerStates()
    states.prime([("c1" * 32, before)], T - 1)

    assert told(states, action).status == status


@pytest.mark.parametrize(
    "action",
    [
        "kill",
        "oom",
        "rename",
        "update",
        "resize",
        "commit",
        "copy",
        "export",
        "detach",
        "archive-path",
        "exec_die",
        "new",
    ],
)
@pytest.mark.parametrize("before", ["created", "running", "paused", "restarting", "exited", "dead"])
def test_any_other_action_keeps_the_state(action: str, before: str) -> None:
    """An event that does not change the state shows the known one, listed or observed."""
    states = ContainerStates()
    states.prime([("c1" * 32, before)], T - 1)

    assert told(states, action).status == before


def test_health_is_a_word_about_a_state_that_stays() -> None:
    """health_status shows the health, and the next event shows the state again."""
    states = ContainerStates()
    told(states, "start")

    assert told(states, "health_status: unhealthy").status == "unhealthy"
    assert told(states, "rename").status == "running"
    assert told(states, "health_status").status == "running"


def test_exit_code_and_signal_stay_until_the_next_start() -> None:
    """They come from die and kill, are kept for later events, and are cleared by start."""
    states = ContainerStates()
    rows = [
        ("create", {}, ("0", "")),
        ("start", {}, ("0", "")),
        ("kill", {"signal": "15"}, ("0", "15")),
        ("die", {"exitCode": "143"}, ("143", "15")),
        ("stop", {}, ("143", "15")),
        ("rename", {}, ("143", "15")),
        ("start", {}, ("0", "")),
        ("restart", {}, ("0", "")),
        ("die", {"exitCode": "1"}, ("1", "")),
        ("die", {}, ("0", "")),
    ]

    for action, attributes, (exit_code, signal) in rows:
        assert told(states, action, **attributes).attributes == {"exitCode": exit_code, "signal": signal}, action


def test_containers_do_not_mix() -> None:
    """One container's history does not affect another."""
    states = ContainerStates()
    told(states, "die", "c1", exitCode="3")

    assert told(states, "rename", "c2").attributes == {"exitCode": "0", "signal": ""}
    assert told(states, "rename", "c1").attributes == {"exitCode": "3", "signal": ""}


@pytest.mark.parametrize("last", ["destroy", "remove"])
@pytest.mark.parametrize("late", ["stop", "die", "kill", "rename", "start", "health_status: healthy", "exec_die"])
def test_nothing_comes_back_after_its_removal(last: str, late: str) -> None:
    """Docker's destroy and podman's remove are final, whatever comes late (moby#50220)."""
    states = ContainerStates()
    told(states, "start")
    told(states, last)

    assert told(states, late, signal="9", exitCode="137").status == "removed"
    assert sum(states.counts().values()) == 0


def test_a_list_does_not_restore_removed_containers() -> None:
    """A list requested before the removal is outdated."""
    states = ContainerStates()
    told(states, "destroy", at=T)
    states.prime([("c1" * 32, "exited")], T - 1)

    assert told(states, "stop", at=T + 1).status == "removed"
    assert sum(states.counts().values()) == 0


SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("signal", "seconds", "exit_code", "expected"),
    [
        ("15", 1, "143", "15"),
        ("15", 60, "1", "15"),
        ("15", 61, "1", ""),
        ("9", 0, "137", "9"),
        # Reload signals: the container continued, and crashed by itself.
        ("1", 1, "3", ""),
        ("1", 86_400, "3", ""),
        ("10", 1, "139", ""),
        ("SIGHUP", 1, "3", ""),
        ("USR2", 1, "1", ""),
        # The same signals as stops: killed by one, or handled by httpd and haproxy.
        ("1", 1, "129", "1"),
        ("28", 5, "0", "28"),
        ("10", 5, "0", "10"),
        ("SIGUSR1", 5, "138", "SIGUSR1"),
        ("RTMIN+3", 5, "130", "RTMIN+3"),
    ],
)
def test_a_signal_does_not_outlive_its_stop(signal: str, seconds: int, exit_code: str, expected: str) -> None:
    """For 60 s a die has the signal that may have caused it, and no other."""
    states = ContainerStates()
    told(states, "start", at=T)
    told(states, "kill", at=T, signal=signal)

    died = told(states, "die", at=T + seconds * SECOND, exitCode=exit_code)

    assert died.attributes == {"exitCode": exit_code, "signal": expected}
    # The cause of the die is kept until the next start, however late.
    assert told(states, "rename", at=T + 10**6 * SECOND).attributes == died.attributes


def test_an_outlived_signal_is_forgotten() -> None:
    """An event of a container that ran for another minute has no signal."""
    states = ContainerStates()
    told(states, "kill", at=T, signal="1")

    assert told(states, "rename", at=T + 60 * SECOND).attributes["signal"] == "1"
    assert told(states, "rename", at=T + 61 * SECOND).attributes["signal"] == ""


def test_between_two_tries_is_exited() -> None:
    """A container listed as restarting counts as exited: no event shows when that begins."""
    states = ContainerStates()
    states.prime([("c1" * 32, "restarting")], T)

    assert states.counts()["exited"] == 1
    assert "restarting" not in states.counts()


def test_an_unknown_container_counts_as_running() -> None:
    """Without list and history, a container with an event counts as running."""
    assert told(ContainerStates(), "kill", signal="9").status == "running"


def test_events_before_the_list_have_their_own_states() -> None:
    """After a break old events come again: they update the old states, and the list counts afterwards."""
    states = ContainerStates()
    told(states, "start", "c1", at=T)
    told(states, "start", "c2", at=T)
    states.prime([("c1" * 32, "paused"), ("c3" * 32, "exited")], T + 100)

    assert told(states, "rename", "c1", at=T + 10).status == "running"
    assert told(states, "rename", "c3", at=T + 10).status == "exited"
    assert told(states, "rename", "c1", at=T + 101).status == "paused"
    assert told(states, "rename", "c3", at=T + 102).status == "exited"


def test_the_list_keeps_exit_codes_and_drops_removed_containers() -> None:
    """A listed container keeps its exit code over a break; one that is no longer listed is forgotten."""
    states = ContainerStates()
    told(states, "die", "c1", exitCode="3")
    told(states, "die", "c2", exitCode="4")
    states.prime([("c1" * 32, "exited")], T + 1)

    assert told(states, "rename", "c1", at=T + 2).attributes["exitCode"] == "3"
    assert told(states, "rename", "c2", at=T + 2).attributes["exitCode"] == "0"


@pytest.mark.parametrize("state", ["removing", "", None, 7, ["running"]])
def test_an_invalid_listed_state_is_dead(state: object) -> None:
    """removing, and any odd state, is mapped to a word of the contract."""
    states = ContainerStates()
    states.prime([("c1" * 32, state), (None, "running"), (["c1"], "running")], T - 1)

    assert told(states, "rename").status == "dead"


def test_made_up_containers_do_not_fill_the_memory() -> None:
    """The table is bounded, and keeps the newest container."""
    states = ContainerStates()
    for number in range(MAX_CONTAINERS + 100):
        told(states, "die", f"{number:05}", exitCode="3")

    assert told(states, "rename", f"{MAX_CONTAINERS + 99:05}").attributes["exitCode"] == "3"
    assert told(states, "rename", "00000").attributes["exitCode"] == "0"


def test_a_recorded_stream_gives_the_story_that_was_played() -> None:
    """Docker 20.10's own events of a renamed, paused, restarted, killed, failing and healthy container."""
    story = [
        (message.container_name, message.action, message.status, *message.attributes.values())
        for message in replayed(recording("lifecycles-20.10.24.jsonl"))
    ]

    assert story == [
        ("one", "create", "created", "0", ""),
        ("one", "start", "running", "0", ""),
        ("two", "rename", "running", "0", ""),
        ("two", "pause", "paused", "0", ""),
        ("two", "unpause", "running", "0", ""),
        ("two", "kill", "running", "0", "15"),
        ("two", "kill", "running", "0", "9"),
        ("two", "die", "exited", "137", "9"),
        ("two", "stop", "exited", "137", "9"),
        ("two", "start", "running", "0", ""),
        ("two", "restart", "running", "0", ""),
        ("two", "kill", "running", "0", "1"),
        ("two", "kill", "running", "0", "15"),
        ("two", "kill", "running", "0", "9"),
        ("two", "die", "exited", "137", "9"),
        ("two", "stop", "exited", "137", "9"),
        ("two", "destroy", "removed", "137", "9"),
        ("three", "create", "created", "0", ""),
        *[
            ("three", "start", "running", "0", ""),
            ("three", "die", "exited", "3", ""),
        ]
        * 3,
        ("three", "destroy", "removed", "3", ""),
        ("four", "create", "created", "0", ""),
        ("four", "start", "running", "0", ""),
        ("four", "health_status", "healthy", "0", ""),
        ("four", "kill", "running", "0", "9"),
        ("four", "die", "exited", "137", "9"),
        ("four", "destroy", "removed", "137", "9"),
    ]


def test_the_new_shape_gives_the_same_states() -> None:
    """Docker 29 leaves out status, id and from; everything else is the same."""
    events = recording("lifecycles-20.10.24.jsonl")
    new_shape = [{key: event[key] for key in event if key not in {"status", "id", "from"}} for event in events]

    assert replayed(new_shape) == replayed(events)


def test_labels_do_not_leave() -> None:
    """No label of the recorded containers is in any message."""
    messages = replayed(recording("lifecycles-20.10.24.jsonl"))

    assert b"com.example.token" in b"".join(
        msgspec.json.encode(event) for event in recording("lifecycles-20.10.24.jsonl")
    )
    assert b"com.example.token" not in msgspec.json.encode(messages)


texts = st.text() | st.sampled_from(["start", "die", "kill", "health_status", "destroy"])


@given(
    st.lists(
        st.builds(
            ContainerEvent,
            time_nano=st.integers(0, (1 << 63) - 1),
            container_id=st.text(min_size=1),
            action=texts.filter(bool),
            word=st.text(),
            name=st.text(),
            image=st.text(),
            exit_code=st.none() | st.text(),
            signal=st.none() | st.text(),
        )
    ),
    st.lists(st.tuples(st.text() | st.none(), st.text() | st.none())),
)
def test_any_event_gives_a_message_of_the_contract(
    events: list[ContainerEvent], listed: list[tuple[str | None, str | None]]
) -> None:
    """For any event the message has exactly the two attributes, both text, and can be encoded."""
    states = ContainerStates()
    states.prime(listed, 1 << 62)

    for event in events:
        message = states.message_from(event, seq=1)

        assert msgspec.json.decode(msgspec.json.encode(message), type=DockerEvent) == message
        assert list(message.attributes) == ["exitCode", "signal"]
        assert message.status
        assert message.container_id == event.container_id[:12]


def test_containers_are_counted_by_state() -> None:
    """The list counts even before an event makes it effective; events change the counts."""
    states = ContainerStates()
    none = {"created": 0, "dead": 0, "exited": 0, "paused": 0, "running": 0}
    assert states.counts() == none

    states.prime([("c1" * 32, "running"), ("c2" * 32, "exited"), ("c3" * 32, "removing")], T)
    assert states.counts() == none | {"running": 1, "exited": 1, "dead": 1}

    told(states, "die", "c1", at=T + 1)
    told(states, "create", "c4", at=T + 2)
    assert states.counts() == none | {"exited": 2, "dead": 1, "created": 1}

    told(states, "destroy", "c1", at=T + 3)
    assert states.counts() == none | {"exited": 1, "dead": 1, "created": 1}
