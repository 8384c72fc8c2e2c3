"""One client that follows several streams."""

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.feeds import encode
from uma.streams.sequence import Cursor, SequencedStream
from uma.streams.session import MOST_ANSWERS, MOST_AT_ONCE, MultiplexSession
from uma.streams.stream import Stream

from .test_stream import event, state

pytestmark = pytest.mark.timeout(10)

BACKLOG = 5


class World:
    """Two streams, and a client that follows the ones a test selects."""

    def __init__(self) -> None:
        self.events = self._numbered("docker/events", recent=50)
        self.states = self._numbered("system/stats", recent=1)
        self.left: list[object] = []
        self.session = MultiplexSession(BACKLOG, self.left.append)

    @staticmethod
    def _numbered(name: str, recent: int) -> SequencedStream:
        stream = Stream(name, encode=encode, clock=lambda: 7.0, capacity=1, recent=recent)
        return SequencedStream(stream, "life", retained=recent == 1)

    def follow(self, numbered: SequencedStream, seq: int = 0, leave: Callable[[], None] = lambda: None) -> None:
        self.session.follow(Cursor(numbered, "life", seq, leave))

    def happen(self, *seqs: int) -> None:
        for seq in seqs:
            self.events.stream.publish(event(seq))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def connection(world: World) -> "Connection":
    """Everything sent to the client from the start."""
    connection = Connection()
    world.session.deliver_to(connection.take)
    return connection


class Connection:
    """A connection that accepts frames while there is room."""

    def __init__(self, room: float = math.inf) -> None:
        self.drained = room
        self._frames: list[Any] = []

    def take(self, frame: bytes) -> bool:
        if self.drained <= 0:
            return False
        self.drained -= 1
        self._frames.append(json.loads(frame))
        return True

    def told(self) -> list[tuple[str, int] | str]:
        """Return frames since the last call: stream and number, or an answer's text."""
        frames, self._frames = self._frames, []
        return [frame if isinstance(frame, str) else (frame["stream"], frame["seq"]) for frame in frames]


def test_frames_are_handed_over_as_they_come(world: World, connection: Connection) -> None:
    """Each message of any stream, and each answer, is sent before publishing or answering returns."""
    world.follow(world.events)
    world.follow(world.states)
    world.happen(1)
    assert connection.told() == [("docker/events", 1)]
    world.states.stream.publish(state(1))
    world.session.answer(b'"yes"')
    assert connection.told() == [("system/stats", 1), "yes"]


def test_streams_take_turns(world: World) -> None:
    """A long replay of one stream does not delay the other's new messages."""
    world.happen(*range(1, 21))
    world.follow(world.events)
    world.follow(world.states)
    connection = Connection(room=2)
    world.session.deliver_to(connection.take)
    assert connection.told() == [("docker/events", 1), ("docker/events", 2)]
    world.states.stream.publish(state(1))
    connection.drained = 3
    world.session.flush()

    assert connection.told() == [("system/stats", 1), ("docker/events", 3), ("docker/events", 4)]


def test_answers_go_first(world: World) -> None:
    """Answers precede waiting messages and keep their order."""
    world.follow(world.events)
    world.happen(1)
    world.session.answer(b'"one"')
    world.session.answer(b'"two"')
    connection = Connection()
    world.session.deliver_to(connection.take)

    assert connection.told() == ["one", "two", ("docker/events", 1)]


def test_frames_refused_by_a_full_connection_come_later(world: World) -> None:
    """No frame or answer is lost or overtaken; of a state the newest remains."""
    connection = Connection(room=0)
    world.session.deliver_to(connection.take)
    world.follow(world.states)
    world.follow(world.events)
    for number in (1, 2, 3):
        world.states.stream.publish(state(number))
        world.happen(number)
        world.session.answer(b'"%d"' % number)
    assert connection.told() == []
    connection.drained = 100
    world.session.flush()

    told = connection.told()
    assert told[:3] == ["1", "2", "3"]
    assert sorted(told[3:]) == [("docker/events", 1), ("docker/events", 2), ("docker/events", 3), ("system/stats", 3)]


def test_other_streams_do_not_come(world: World) -> None:
    """After unfollow no message of that stream comes, not even a waiting one; the other stream continues."""
    left: list[str] = []
    connection = Connection(room=0)
    world.session.deliver_to(connection.take)
    world.follow(world.events, leave=lambda: left.append("events"))
    world.follow(world.states)
    world.happen(1)
    world.session.unfollow("docker/events")
    connection.drained = 100
    world.happen(2)
    world.states.stream.publish(state(1))

    assert world.session.followed == {"system/stats"}
    assert left == ["events"]
    assert connection.told() == [("system/stats", 1)]
    assert world.events.stream.listeners == set()


async def test_more_than_the_backlog_behind_is_lagging(world: World) -> None:
    """A client that had caught up is closed with 1013 at one event more than the backlog, and gets nothing more."""
    connection = Connection()
    world.session.deliver_to(connection.take)
    world.follow(world.events)
    connection.drained = 0
    world.happen(*range(1, BACKLOG + 1))
    assert not world.session.is_lagging
    world.happen(BACKLOG + 1)
    connection.drained = 100
    world.session.flush()

    assert world.session.is_lagging
    assert (await world.session.closed()).code == 1013
    assert connection.told() == []
    assert world.left == [world.session]
    assert world.events.stream.listeners == set()


async def turn() -> None:
    """Run everything that is due by now."""
    await asyncio.sleep(0)


async def test_long_replay_leaves_others_a_turn(world: World) -> None:
    """Only a few missed messages are sent at a time; later ones follow in order."""
    world.happen(*range(1, 41))
    connection = Connection()
    world.session.deliver_to(connection.take)
    world.follow(world.events)
    told = connection.told()
    assert len(told) == MOST_AT_ONCE
    world.happen(41)
    assert len(told := told + connection.told()) == MOST_AT_ONCE + 1
    world.session.answer(b'"pong"')
    assert connection.told()[0] == "pong"
    await turn()
    assert len(connection.told()) == MOST_AT_ONCE
    world.session.unfollow("docker/events")
    await turn()
    assert connection.told() == []


async def test_long_replay_is_whole(world: World) -> None:
    """In the end every message has come, once and in order."""
    world.happen(*range(1, 41))
    connection = Connection()
    world.session.deliver_to(connection.take)
    world.follow(world.events)
    for seq in (41, 42):
        world.happen(seq)
        await turn()
    for _ in range(40):
        await turn()

    assert connection.told() == [("docker/events", seq) for seq in range(1, 43)]


async def test_a_resuming_client_may_be_further_behind(world: World) -> None:
    """A replay longer than the backlog causes no lag, whatever happens meanwhile; afterwards the backlog applies."""
    world.happen(*range(1, 41))
    connection = Connection(room=1)
    world.session.deliver_to(connection.take)
    world.follow(world.events)
    world.happen(41, 42)
    assert not world.session.is_lagging
    connection.drained = 100
    world.session.flush()
    for _ in range(40):
        await turn()
    assert connection.told() == [("docker/events", seq) for seq in range(1, 43)]
    connection.drained = 0
    world.happen(*range(43, 43 + BACKLOG + 1))

    assert world.session.is_lagging


def test_states_make_no_client_lag(world: World) -> None:
    """The newest of a hundred unread states remains."""
    connection = Connection(room=0)
    world.session.deliver_to(connection.take)
    world.follow(world.states)
    for uptime in range(100):
        world.states.stream.publish(state(uptime))
    connection.drained = 100
    world.session.flush()

    assert connection.told() == [("system/stats", 100)]


async def test_a_client_that_asks_and_does_not_read_lags(world: World) -> None:
    """A limited number of answers can wait."""
    for _ in range(MOST_ANSWERS):
        world.session.answer(b'"yes"')
    assert not world.session.is_lagging
    world.session.answer(b'"yes"')

    assert (await world.session.closed()).code == 1013


@pytest.mark.parametrize("of", ["message", "answer"])
def test_taking_a_frame_may_end_it(world: World, of: str) -> None:
    """If a connection is found lost while it gets a frame, its session ends, and the stream continues."""
    taken: list[bytes] = []

    def take(frame: bytes) -> bool:
        taken.append(frame)
        world.session.close(1006, "the connection was lost")
        return True

    world.follow(world.events)
    world.follow(world.states)
    world.session.deliver_to(take)
    if of == "message":
        world.happen(1, 2)
    else:
        world.session.answer(b'"one"')
        world.session.answer(b'"two"')

    assert len(taken) == 1
    assert world.left == [world.session]


async def test_the_first_close_counts(world: World, connection: Connection) -> None:
    """Closing again changes nothing; later answers are dropped."""
    left: list[str] = []
    world.follow(world.states, leave=lambda: left.append("states"))
    world.session.close(1001, "the daemon stops")
    world.session.close(1013, "lagging")
    world.session.answer(b'"yes"')

    closed = await world.session.closed()
    assert (closed.code, closed.reason) == (1001, "the daemon stops")
    assert not world.session.is_lagging
    assert world.left == [world.session]
    assert left == ["states"]
    assert connection.told() == []


def test_nothing_is_followed_after_the_end(world: World, connection: Connection) -> None:
    """Commands while the client is being disconnected are undone at once: no listener and no interval stays."""
    left: list[str] = []
    world.session.close(1013, "lagging")
    world.follow(world.events, leave=lambda: left.append("events"))
    world.happen(1)

    assert left == ["events"]
    assert world.session.followed == frozenset()
    assert world.events.stream.listeners == set()
    assert connection.told() == []


def test_a_followed_stream_is_wanted(world: World) -> None:
    """A follower wants the stream's figures, at its own interval too, until it leaves or disconnects."""
    demand = world.states.stream.demand
    branch = SequencedStream(world.states.stream.branch(), "life", retained=True)
    seen = [demand.wanted]
    world.follow(branch)
    seen.append(demand.wanted)
    world.session.unfollow("system/stats")
    seen.append(demand.wanted)
    world.follow(world.states)
    seen.append(demand.wanted)
    world.session.close(1001, "gone")
    seen.append(demand.wanted)

    assert seen == [False, True, False, True, False]
    assert not world.events.stream.demand.wanted


def test_a_stream_may_be_followed_without_figures(world: World) -> None:
    """A subscription without figures gets messages and causes no sampling; another client's demand stays."""
    demand = world.states.stream.demand
    world.session.follow(Cursor(world.states, "life", 0, lambda: None), wants_figures=False)
    seen = [demand.wanted]
    with world.states.stream.subscribe():
        world.session.unfollow("system/stats")
        seen.append(demand.wanted)

    assert seen == [False, True]
    assert not demand.wanted
