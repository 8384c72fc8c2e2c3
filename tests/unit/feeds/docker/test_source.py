"""The Docker source with a fake that speaks Docker's protocol and misbehaves on command."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.fakes.docker import CUT, ENDLESS, ERROR, GARBAGE, ODD, SILENCE, FakeDocker, docker_event
from tests.supervised import Observed, supervised, until
from uma.feeds.docker.model import DockerEvent
from uma.feeds.docker.source import SWITCHED_OFF, DockerSource

SECOND = 1_000_000_000
START = 1_795_416_741 * SECOND
NEVER = 3600.0
HOUR_NANO = 3_600_000_000_000
"""An interval that never ends: polling can't have found anything."""


class Clock:
    """Unix time in nanoseconds, which does not advance."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "docker.sock"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def source(socket: Path, clock: Clock, **changes: Any) -> DockerSource:
    """A source without polling; its patience suits a busy machine, unless Docker is silent in the test."""
    timings = {"answer_timeout": 20.0, "ping_interval": NEVER, "poll_interval": NEVER}
    return DockerSource(socket=socket, clock=clock, **(timings | changes))


def told(observed: Observed) -> list[DockerEvent]:
    return [message for message in observed.published if isinstance(message, DockerEvent)]


def inspected(exit_code: int) -> dict[str, Any]:
    """Return the answer to an inspect of an ended container."""
    return {
        "Name": "/c1",
        "Config": {"Image": "busybox:test"},
        "State": {"Status": "exited", "ExitCode": exit_code},
    }


def actions(observed: Observed) -> list[str]:
    return [message.action for message in observed.published if isinstance(message, DockerEvent)]


async def test_events_are_published_as_they_occur(socket: Path, clock: Clock) -> None:
    """Events come in order, numbered from 1, with the state after each; health shows Docker's version."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        await observed.until_status("ok")
        for number, action in enumerate(["create", "start", "exec_start: ls", "die", "destroy"], 1):
            docker.emit(docker_event(action, at=START + number))
        await observed.until_published(4)

    story = [(m.seq, m.action, m.status) for m in observed.published if isinstance(m, DockerEvent)]
    assert story == [(1, "create", "created"), (2, "start", "running"), (3, "die", "exited"), (4, "destroy", "removed")]
    assert observed.health.detail == "Docker 28.2.2, API 1.50"
    assert observed.board.history == ["ok"]


async def test_nothing_old_is_published(socket: Path, clock: Clock) -> None:
    """Events that Docker remembers from before the daemon's start are not published."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        docker.remembered = [docker_event("start", at=START - 1), docker_event("stop", at=START)]
        await observed.until_published(1)

    assert actions(observed) == ["stop"]
    assert docker.asked_since == ["1795416741.000000000"]


async def test_states_come_from_one_list(socket: Path, clock: Clock) -> None:
    """A container that existed before has its state in its first event; no container is inspected."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        docker.states = {"c1" * 32: "paused"}
        await observed.until_status("ok")
        docker.emit(docker_event("rename", at=START + 1))
        await observed.until_published(1)

    assert [m.status for m in observed.published if isinstance(m, DockerEvent)] == ["paused"]
    assert docker.requests == ["/version", "/containers/json", "/events"]


async def test_a_docker_that_starts_is_met_without_polling(socket: Path, clock: Clock) -> None:
    """An absent Docker is unavailable, with its path; its socket's appearance is enough."""
    async with supervised(source(socket, clock)) as observed:
        await until(lambda: observed.board.history == ["unavailable"])
        assert observed.health.detail == f"Docker is not running: no socket at {socket}"
        async with FakeDocker(socket):
            await observed.until_status("ok")


async def test_first_events_of_a_starting_docker_are_not_lost(socket: Path, clock: Clock) -> None:
    """Containers that Docker itself starts before any client could connect are reported if the daemon ran before."""
    async with supervised(source(socket, clock)) as observed:
        await until(lambda: observed.board.history == ["unavailable"])
        clock.now += 10 * SECOND
        docker = FakeDocker(socket)
        docker.remembered = [docker_event("start", at=START + 9 * SECOND)]
        async with docker:
            await observed.until_published(1)


async def test_a_clock_set_back_loses_no_first_events(socket: Path, clock: Clock) -> None:
    """A server may boot with a clock an hour ahead: Docker's events since are reported, those of before are not."""
    async with supervised(source(socket, clock)) as observed:
        await until(lambda: observed.board.history == ["unavailable"])
        clock.now -= 3600 * SECOND
        docker = FakeDocker(socket)
        docker.remembered = [
            docker_event("create", at=clock.now - 61 * SECOND),
            docker_event("start", at=clock.now - SECOND),
        ]
        async with docker:
            await observed.until_published(1)

    assert actions(observed) == ["start"]


async def test_a_socket_left_behind_is_unavailable(socket: Path, clock: Clock) -> None:
    """A killed Docker leaves its socket; the next Docker recreates it and is noticed without polling."""
    before = FakeDocker(socket)
    await before.start()
    await before.stop(leave_socket=True)
    async with supervised(source(socket, clock)) as observed:
        await until(lambda: observed.board.history == ["unavailable"])
        assert observed.health.detail == f"Docker is not running: nothing listens at {socket}"
        async with FakeDocker(socket):
            await observed.until_status("ok")


async def test_after_a_break_it_resumes_after_the_last_event(socket: Path, clock: Clock) -> None:
    """Events are requested from the last one on: missed ones come, none comes twice, the numbering continues."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        await observed.until_status("ok")
        docker.emit(docker_event("create", at=START + 5 * SECOND), docker_event("start", at=START + 6 * SECOND))
        await observed.until_published(2)
        clock.now += 7 * SECOND
        docker.end_streams()
        docker.remembered.append(docker_event("kill", at=START + 7 * SECOND, signal="15"))
        await observed.until_published(3)
        docker.emit(docker_event("die", at=START + 8 * SECOND, exitCode="143"))
        await observed.until_published(4)
        await observed.until_status("ok")

    assert actions(observed) == ["create", "start", "kill", "die"]
    assert [m.seq for m in observed.published if isinstance(m, DockerEvent)] == [1, 2, 3, 4]
    assert docker.asked_since == ["1795416741.000000000", "1795416746.000000000"]
    assert observed.board.history == ["ok", "unavailable", "ok"]


async def test_a_doubled_event_is_published_once(socket: Path, clock: Clock) -> None:
    """Copies on a live stream are dropped, like those after a break."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        await observed.until_status("ok")
        once, again = docker_event("start", at=START + 1), docker_event("stop", at=START + 2)
        docker.emit(once, once, again, once, again, docker_event("destroy", at=START + 3))
        await until(lambda: "destroy" in actions(observed))

    assert actions(observed) == ["start", "stop", "destroy"]


@pytest.mark.parametrize("last", [b"", b'{"Type":"container","Action":"st'])
async def test_a_stream_cut_off_is_a_docker_that_went_away(socket: Path, clock: Clock, last: bytes) -> None:
    """A break between or within events is not a defect, and the event comes with the next request."""
    with capture_logs() as logs:
        async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
            await observed.until_status("ok")
            docker.remembered.append(docker_event("start", at=START + 1))
            docker.cut_streams(last)
            await observed.until_published(1)
            await observed.until_status("ok")

    assert observed.board.history == ["ok", "unavailable", "ok"]
    assert "source crashed" not in [line["event"] for line in logs]


NONSENSE = {
    ("version", GARBAGE): "Docker's response to GET /version is invalid: JSONDecodeError",
    ("version", ODD): "Docker's response to GET /version is invalid: list",
    ("version", ERROR): "Docker answered GET /version with 500: out of paper",
    ("version", SILENCE): "no response from Docker to GET /version within 0.5 s",
    ("containers/json", GARBAGE): "Docker's response to GET /containers/json is invalid: JSONDecodeError",
    ("containers/json", ODD): "Docker's response to GET /containers/json is invalid: list of list",
    ("containers/json", ERROR): "Docker answered GET /containers/json with 500: out of paper",
    ("containers/json", SILENCE): "no response from Docker to GET /containers/json within 0.5 s",
    ("events", GARBAGE): "Docker's event stream holds an invalid event: Unterminated string",
    ("events", ODD): "Docker's event stream holds an invalid event: list",
    ("events", ERROR): "Docker answered GET /events with 500: out of paper",
    ("events", SILENCE): "no response from Docker to GET /events within 0.5 s",
}


@pytest.mark.parametrize(("path", "fault"), NONSENSE)
async def test_a_docker_that_does_not_work_is_failed(socket: Path, clock: Clock, path: str, fault: str) -> None:
    """Nonsense, 500 and silence on any request show in health, affect nothing else, and end when Docker works again."""
    patience = {"answer_timeout": 0.5} if fault == SILENCE else {}
    with capture_logs() as logs:
        async with FakeDocker(socket) as docker, supervised(source(socket, clock, **patience)) as observed:
            docker.faults[path] = fault
            await observed.until_status("failed")
            assert observed.health.detail.startswith(NONSENSE[path, fault])
            del docker.faults[path]
            await observed.until_status("ok")
            docker.emit(docker_event("start", at=START + 1))
            await observed.until_published(1)

    assert "source crashed" not in [line["event"] for line in logs]


@pytest.mark.parametrize("path", ["version", "containers/json", "events"])
async def test_a_docker_that_dies_while_it_answers_went_away(socket: Path, clock: Clock, path: str) -> None:
    """A truncated body means that Docker stops, not that it fails; it is found again."""
    with capture_logs() as logs:
        async with FakeDocker(socket) as docker:
            docker.faults[path] = CUT
            async with supervised(source(socket, clock)) as observed:
                await until(lambda: "went away" in observed.health.detail or "ended" in observed.health.detail)
                del docker.faults[path]
                await observed.until_status("ok")

    assert observed.board.history == ["unavailable", "ok"]
    assert "source crashed" not in [line["event"] for line in logs]


async def test_a_peer_without_http_has_failed(socket: Path, clock: Clock) -> None:
    """Another program's socket in Docker's place is reported as such."""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(greet, socket), supervised(source(socket, clock)) as observed:
        await observed.until_status("failed")

        assert observed.health.detail.startswith("Docker sent a malformed HTTP response to GET /version: ")


@pytest.mark.parametrize(
    "line", [b"<html>\n", b'{"Type":"container"\n', b"[1, 2]\n", b"\xff\xfe\n", b"[" * 99_999 + b"\n"]
)
async def test_garbage_among_the_events_is_failed(socket: Path, clock: Clock, line: bytes) -> None:
    """A line that is not an event object ends the stream with a clear reason; earlier events count, later ones are
    fetched.
    """
    with capture_logs() as logs:
        async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
            await observed.until_status("ok")
            docker.emit(docker_event("start", at=START + 1))
            docker.send(line)
            await observed.until_status("failed")
            assert observed.health.detail.startswith("Docker's event stream holds an invalid event: ")
            docker.emit(docker_event("stop", at=START + 2))
            await observed.until_status("ok")
            await observed.until_published(2)

    assert actions(observed) == ["start", "stop"]
    assert "source crashed" not in [line["event"] for line in logs]


async def test_a_docker_that_sends_garbage_at_once_never_counts_as_working(socket: Path, clock: Clock) -> None:
    """A connection alone does not count as ok, so the delays grow and the log stays quiet."""
    async with FakeDocker(socket) as docker:
        docker.faults["events"] = ODD
        with capture_logs() as logs:
            async with supervised(source(socket, clock)) as observed:
                await until(lambda: docker.requests.count("/events") >= 3)

    assert observed.board.history == ["failed"]
    assert [line["event"] for line in logs] == ["source failed"]


async def test_odd_events_cost_nothing_but_themselves(socket: Path, clock: Clock) -> None:
    """Events without id, action or time, or with odd types, end nothing; the next event comes on the same stream."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        await observed.until_status("ok")
        whole = docker_event("start", at=START + 1)
        clock.now = START + 77
        docker.emit(
            *({key: value for key, value in whole.items() if key != missing} for missing in whole),
            whole | {"time": "soon", "timeNano": "later"},
            whole | {"Actor": []},
            whole | {"Action": "x" * 3_000_000, "timeNano": START + 2},
            docker_event("stop", at=START + 3),
        )
        await until(lambda: "stop" in actions(observed))

    # Without scope and time they are still the whole event, so these two are copies; without timeNano they are not.
    assert actions(observed) == ["start", "start", "start", "stop"]
    times = [m.time_nano for m in observed.published if isinstance(m, DockerEvent)]
    assert times == [START + 1, START + 77, START + 77, START + 3]
    assert observed.board.history == ["ok"]


@pytest.mark.parametrize(
    ("version", "api", "minimum_api"),
    [("23.0.6", "1.42", "1.12"), ("28.2.2", "1.50", "1.24"), ("29.1.0", "1.52", "1.44"), ("40.0.0", "1.99", "1.99")],
)
async def test_every_docker_is_spoken_to_in_its_own_version(
    socket: Path, clock: Clock, version: str, api: str, minimum_api: str
) -> None:
    """From Unraid 6.12's Docker 23 to those that refuse old clients, the server's API version is used."""
    async with (
        FakeDocker(socket, version=version, api=api, minimum_api=minimum_api),
        supervised(source(socket, clock)) as observed,
    ):
        await observed.until_status("ok")

    assert observed.health.detail == f"Docker {version}, API {api}"
    assert observed.board.history == ["ok"]


async def test_no_version_is_asked_for(socket: Path, clock: Clock) -> None:
    """A Docker that refuses every version in a path, even its own, still works."""
    async with (
        FakeDocker(socket, api="1.43", minimum_api="1.44") as docker,
        supervised(source(socket, clock)) as observed,
    ):
        await observed.until_status("ok")

    assert not [request for request in docker.requests if request.startswith("/v1")]


async def test_a_stop_waits_for_its_die(socket: Path, clock: Clock) -> None:
    """Docker 28 and later report stop before die: the stop comes after it, with the exit code."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock, stop_seconds=NEVER)) as observed:
        await observed.until_status("ok")
        docker.emit(
            docker_event("start", at=START + 1),
            docker_event("kill", at=START + 2, signal="15"),
            docker_event("stop", at=START + 3),
            docker_event("start", "c2", at=START + 4),
            docker_event("die", at=START + 5, exitCode="137"),
        )
        await observed.until_published(5)

    story = [(m.container_name, m.action, m.attributes["exitCode"]) for m in told(observed)]
    assert story[1:] == [("c1", "kill", "0"), ("c2", "start", "0"), ("c1", "die", "137"), ("c1", "stop", "137")]
    assert [m.seq for m in told(observed)] == [1, 2, 3, 4, 5]


async def test_a_stop_does_not_wait_for_ever(socket: Path, clock: Clock) -> None:
    """A stop without a die is published after a moment; a reload loses none."""
    docker_source = source(socket, clock, stop_seconds=0.05)
    async with FakeDocker(socket) as docker:
        async with supervised(docker_source) as observed:
            await observed.until_status("ok")
            docker.emit(docker_event("start", at=START + 1), docker_event("stop", at=START + 2))
            await observed.until_published(2)
            assert told(observed)[-1].status == "exited"
        docker_source._stop_seconds = NEVER
        async with supervised(docker_source) as observed:
            await observed.until_status("ok")
            docker.emit(docker_event("start", "c2", at=START + 3), docker_event("stop", "c2", at=START + 4))
            await until(lambda: "start" in actions(observed))
    assert actions(observed) == ["start", "stop"]


LABELLED = {"exitCode": "0", "signal": "STOP"}
"""Labels of an image, which Docker copies over its own attributes."""


async def test_labels_do_not_speak_for_docker(socket: Path, clock: Clock) -> None:
    """If a container's labels forge its exit code, one inspect gives Docker's own."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        docker.inspected["c1" * 32] = inspected(66)
        await observed.until_status("ok")
        docker.emit(
            *(docker_event(a, at=START + n, **LABELLED) for n, a in enumerate(["create", "kill", "die", "rename"]))
        )
        await observed.until_published(4)

    assert [m.attributes for m in told(observed)][1:] == [
        {"exitCode": "0", "signal": "UNKNOWN"},
        {"exitCode": "66", "signal": "UNKNOWN"},
        {"exitCode": "66", "signal": "UNKNOWN"},
    ]
    assert docker.requests.count(f"/containers/{'c1' * 32}/json") == 1


async def test_labels_of_the_list_do_not_speak_either(socket: Path, clock: Clock) -> None:
    """The labels of a container that existed before the daemon are known from the list."""
    async with FakeDocker(socket) as docker:
        docker.states, docker.labels = {"c1" * 32: "running"}, LABELLED
        docker.inspected["c1" * 32] = inspected(3)
        async with supervised(source(socket, clock)) as observed:
            await observed.until_status("ok")
            docker.emit(docker_event("die", at=START + 1, **LABELLED))
            await observed.until_published(1)

    assert told(observed)[0].attributes == {"exitCode": "3", "signal": ""}


@pytest.mark.parametrize("answer", [None, {}, {"Name": "/c1", "State": {"Status": "running", "ExitCode": 0}}])
async def test_a_forged_exit_code_is_never_believed(socket: Path, clock: Clock, answer: Any) -> None:
    """Without an inspect's answer, or if the container runs again, the code is Docker's word for unknown."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        if answer is not None:
            docker.inspected["c1" * 32] = answer
        await observed.until_status("ok")
        docker.emit(*(docker_event(a, at=START + n, **LABELLED) for n, a in enumerate(["start", "die"])))
        await observed.until_published(2)

    assert told(observed)[1].attributes["exitCode"] == "255"


async def test_a_huge_label_hides_no_event(socket: Path, clock: Clock) -> None:
    """Events of more than 1 MiB come without attributes, with the name and the code of an inspect, each once."""
    huge = {"x": "A" * (1 << 20), "exitCode": "0"}
    with capture_logs() as logs:
        async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
            docker.inspected["c1" * 32] = inspected(3)
            await observed.until_status("ok")
            lives = [docker_event(a, at=START + n, **huge) for n, a in enumerate(["create", "start", "die"], 1)]
            docker.emit(*lives, *lives)
            docker.emit(docker_event("start", "c2", at=START + 9))
            await observed.until_published(4)

    assert [(m.container_name, m.action, m.time_nano - START) for m in told(observed)] == [
        ("c1", "create", 1),
        ("c1", "start", 2),
        ("c1", "die", 3),
        ("c2", "start", 9),
    ]
    assert told(observed)[2].attributes["exitCode"] == "3"
    assert [line["event"] for line in logs].count("docker event shortened") == 1


async def test_an_answer_without_end_costs_no_memory(socket: Path, clock: Clock) -> None:
    """An answer of more than 8 MiB is refused before it is complete."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        docker.faults["containers/json"] = ENDLESS
        await observed.until_status("failed", 20)

    assert observed.health.detail == "Docker's response to GET /containers/json exceeds 8 MiB"


async def test_another_docker_at_the_socket_is_followed(socket: Path, clock: Clock) -> None:
    """If the socket is recreated while the old Docker's stream stays open, the new Docker is found without polling."""
    old, new = FakeDocker(socket), FakeDocker(socket, version="29.1.0")
    async with old, supervised(source(socket, clock)) as observed:
        await observed.until_status("ok")
        socket.unlink()
        async with new:
            await until(lambda: new.streams == 1)
            await until(lambda: old.streams == 0)
            await until(lambda: observed.health.detail == "Docker 29.1.0, API 1.50")


async def test_a_deleted_socket_does_not_end_a_stream(socket: Path, clock: Clock) -> None:
    """Until another Docker takes its place, an open stream is used."""
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        await observed.until_status("ok")
        socket.unlink()
        docker.emit(docker_event("start", at=START + 1))
        await observed.until_published(1)

    assert observed.board.history == ["ok"]


async def test_a_frozen_docker_is_failed_though_its_stream_is_open(socket: Path, clock: Clock) -> None:
    """A silent stream may be a quiet day or a Docker that hangs: pings decide."""
    hasty = source(socket, clock, ping_interval=0.1, answer_timeout=3.0)
    async with FakeDocker(socket) as docker, supervised(hasty) as observed:
        await observed.until_status("ok")
        await until(lambda: docker.requests.count("/_ping") > 2)
        assert observed.board.history == ["ok"]
        docker.faults |= {"_ping": SILENCE, "version": SILENCE}
        await observed.until_status("failed")
        assert observed.health.detail == "no response from Docker to GET /_ping within 3 s"
        docker.remembered.append(docker_event("start", at=START + 1))
        docker.faults.clear()
        await observed.until_status("ok")
        await observed.until_published(1)


async def test_exec_events_are_a_setting_that_may_change(socket: Path, clock: Clock) -> None:
    """exec_*, top and attach are left out until the setting allows them, from the next event on."""
    looking_in = ["exec_create: sh -c 'cat /secret'", "exec_start: sh", "exec_die", "top", "attach"]
    docker_source = source(socket, clock)
    async with FakeDocker(socket) as docker, supervised(docker_source) as observed:
        await observed.until_status("ok")
        docker.emit(*(docker_event(action, at=START + number) for number, action in enumerate(looking_in, 1)))
        docker.emit(docker_event("start", at=START + 10))
        await observed.until_published(1)
        docker_source.exec_events = True
        docker.emit(*(docker_event(action, at=START + number) for number, action in enumerate(looking_in, 20)))
        await observed.until_published(6)

    assert actions(observed) == ["start", "exec_create", "exec_start", "exec_die", "top", "attach"]
    assert [m.seq for m in observed.published if isinstance(m, DockerEvent)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("pause", "clock_is_set_by", "expected"),
    [
        (SWITCHED_OFF, 0, ["kill"]),
        (SWITCHED_OFF, -HOUR_NANO, ["kill"]),
        (SWITCHED_OFF, 24 * HOUR_NANO, ["kill"]),
        (SWITCHED_OFF + 1, 0, []),
        (SWITCHED_OFF + 1, 24 * HOUR_NANO, []),
    ],
)
async def test_events_while_switched_off_are_not_published(
    socket: Path, clock: Clock, pause: float, clock_is_set_by: int, expected: list[str]
) -> None:
    """A reload continues; a source that was off for more than a minute, by any clock, starts over."""
    passed = 0.0
    docker_source = source(socket, clock, monotonic=lambda: passed)
    async with FakeDocker(socket) as docker:
        async with supervised(docker_source) as observed:
            await observed.until_status("ok")
            docker.emit(docker_event("start", at=START + 1))
            await observed.until_published(1)
        await until(lambda: docker.streams == 0)
        docker.remembered.append(docker_event("kill", at=START + 2))
        passed += pause
        clock.now += clock_is_set_by + int(pause * 1e9)
        async with supervised(docker_source) as observed:
            await observed.until_status("ok")
            docker.emit(docker_event("die", at=clock.now + 1))
            await until(lambda: "die" in actions(observed))

    assert actions(observed) == [*expected, "die"]
    assert observed.published[0].seq == 2  # type: ignore[union-attr]


async def test_stopping_leaves_nothing_behind(socket: Path, clock: Clock) -> None:
    """If cancelled at any stage it ends at once, and leaves no task, descriptor or connection."""
    for fault in (None, "version", "containers/json", "events"):
        async with FakeDocker(socket) as docker:
            before = asyncio.all_tasks(), descriptors()
            docker.faults = {} if fault is None else {fault: SILENCE}
            async with supervised(source(socket, clock, answer_timeout=NEVER)) as observed:
                last = "/events" if fault is None else fault
                await until(lambda last=last: any(request.endswith(last) for request in docker.requests))
                if fault is None:
                    await observed.until_status("ok")
            await until(lambda before=before: (asyncio.all_tasks(), descriptors()) == before)


async def test_the_environment_has_no_say(socket: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """DOCKER_HOST and DOCKER_CONTEXT in the daemon's environment have no effect."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    async with FakeDocker(socket), supervised(source(socket, clock)) as observed:
        await observed.until_status("ok")


async def test_a_burst_arrives_whole(socket: Path, clock: Clock) -> None:
    """Thousands of simultaneous events with labels all arrive, in order."""
    labels = {f"net.unraid.docker.{number}": "x" * 50 for number in range(20)}
    events = [docker_event("start", f"{number:05}", at=START + number, **labels) for number in range(1, 3001)]
    async with FakeDocker(socket) as docker, supervised(source(socket, clock)) as observed:
        await observed.until_status("ok")
        docker.send(b"".join(json.dumps(event).encode() + b"\n" for event in events))
        await observed.until_published(3000)

    assert [m.seq for m in observed.published if isinstance(m, DockerEvent)] == list(range(1, 3001))
    assert [m.time_nano for m in observed.published if isinstance(m, DockerEvent)] == [e["timeNano"] for e in events]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
