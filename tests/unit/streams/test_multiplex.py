"""Clients of several streams, and the streams that they may follow."""

import json
from collections.abc import Callable

import pytest

from tests.support.feeds import encode
from uma.errors import StreamFull
from uma.model import Message
from uma.streams.multiplex import Multiplex
from uma.streams.session import MultiplexSession
from uma.streams.stream import Stream

from .test_stream import event, state

SYSTEM, DOCKER = "system/stats", "docker/events"


@pytest.fixture
def begun() -> dict[float, Callable[[Message], None]]:
    """Publishers by interval."""
    return {}


@pytest.fixture
def multiplex(begun: dict[float, Callable[[Message], None]]) -> Multiplex:
    streams = {
        name: Stream(name, encode=encode, clock=lambda: 7.0, capacity=0, recent=5 if name == DOCKER else 1)
        for name in (SYSTEM, DOCKER)
    }
    return Multiplex(
        streams,
        events={DOCKER},
        sampled={SYSTEM},
        begin=lambda _name, interval, publish: begun.__setitem__(interval, publish),
        end=lambda _name, interval: begun.__delitem__(interval),
        capacity=2,
        backlog=3,
    )


def follow(
    multiplex: Multiplex,
    session: MultiplexSession,
    name: str,
    *,
    interval: int | None = None,
    after: tuple[str, int] | None = None,
) -> None:
    session.follow(multiplex.cursor(name, interval=interval, after=after))


def told(session: MultiplexSession) -> list[tuple[str, int]]:
    """Return type and number of all frames that the client gets now."""
    frames: list[bytes] = []
    session.deliver_to(lambda frame: frames.append(frame) is None)
    session.deliver_to(lambda _: False)
    return [(frame["type"], frame["seq"]) for frame in map(json.loads, frames)]


async def test_capacity_is_of_connections(multiplex: Multiplex) -> None:
    """A third client is refused; each place is free again at once; a reload may change the capacity."""
    with multiplex.subscribe() as first, multiplex.subscribe():
        assert multiplex.connections == 2
        with pytest.raises(StreamFull, match="2 of 2"), multiplex.subscribe():
            pass
        first.close(1001, "the client left")
        with multiplex.subscribe():
            assert multiplex.connections == 2
        multiplex.capacity = 1
        with pytest.raises(StreamFull, match="1 of 1"), multiplex.subscribe():
            pass
    assert multiplex.connections == 0


async def test_two_daemons_have_two_epochs(multiplex: Multiplex) -> None:
    """Each run of the daemon has its own name."""
    other = Multiplex(
        {SYSTEM: multiplex.streams[SYSTEM].stream}, events=(), sampled={SYSTEM}, begin=print, end=print, capacity=1
    )

    assert multiplex.epoch != other.epoch


async def test_events_come_from_now_on_or_from_where_the_client_was(multiplex: Multiplex) -> None:
    """Without a position there is no replay; with one, later events are sent, or a gap if they are not kept."""
    for seq in range(1, 9):
        multiplex.streams[DOCKER].stream.publish(event(seq))
    with multiplex.subscribe() as fresh, multiplex.subscribe() as back:
        follow(multiplex, fresh, DOCKER)
        follow(multiplex, back, DOCKER, after=(multiplex.epoch, 6))
        assert told(fresh) == []
        assert told(back) == [("message", 7), ("message", 8)]
        back.unfollow(DOCKER)
        follow(multiplex, back, DOCKER, after=(multiplex.epoch, 1))
        assert told(back) == [("gap", 3), *(("message", seq) for seq in range(4, 9))]
        back.unfollow(DOCKER)
        follow(multiplex, back, DOCKER, after=("another life", 8))
        assert told(back) == [("gap", 3), *(("message", seq) for seq in range(4, 9))]


async def test_the_newest_state_comes_at_once(multiplex: Multiplex) -> None:
    """For states a position makes no difference: no replay and no gap."""
    for uptime in range(4):
        multiplex.streams[SYSTEM].stream.publish(state(uptime))
    for after in (None, (multiplex.epoch, 1), (multiplex.epoch, 4), ("another life", 99)):
        with multiplex.subscribe() as session:
            follow(multiplex, session, SYSTEM, after=after)
            assert told(session) == [("message", 4)]


async def test_an_interval_is_sampled_while_it_is_followed(
    multiplex: Multiplex, begun: dict[float, Callable[[Message], None]]
) -> None:
    """It begins with the first client that requests it, and ends with the last one, however that leaves."""
    multiplex.streams[SYSTEM].stream.publish(state(1))
    with multiplex.subscribe() as first:
        follow(multiplex, first, SYSTEM, interval=1)
        assert told(first) == [("message", 1)]
        with multiplex.subscribe() as second:
            follow(multiplex, second, SYSTEM, interval=1)
            begun[1](state(2))
            assert told(first) == told(second) == [("message", 2)]
            first.unfollow(SYSTEM)
            follow(multiplex, first, SYSTEM)
            assert begun.keys() == {1}
        assert begun == {}
        follow(multiplex, first, DOCKER)
        first.unfollow(SYSTEM)
        follow(multiplex, first, SYSTEM, interval=30)
        assert begun.keys() == {30}
        first.close(1013, "lagging")
    assert begun == {}


async def test_followers_are_counted_by_stream(multiplex: Multiplex) -> None:
    """Health shows how many clients follow each stream."""
    with multiplex.subscribe() as first, multiplex.subscribe() as second:
        follow(multiplex, first, SYSTEM, interval=1)
        follow(multiplex, second, SYSTEM)
        follow(multiplex, second, DOCKER)

        assert multiplex.followers == {SYSTEM: 2, DOCKER: 1}


async def test_a_stream_that_is_switched_off_is_taken_from_all_and_nothing_else_is(
    multiplex: Multiplex, begun: dict[float, Callable[[Message], None]]
) -> None:
    """A follower gets a notice and keeps the connection and its other streams."""
    with multiplex.subscribe() as both, multiplex.subscribe() as other:
        follow(multiplex, both, SYSTEM, interval=1)
        follow(multiplex, both, DOCKER)
        follow(multiplex, other, DOCKER)
        notices: list[bytes] = []
        multiplex.stop_following(SYSTEM, b'"off"')

        both.deliver_to(lambda frame: notices.append(frame) is None)
        assert notices == [b'"off"']
        assert (both.followed, other.followed) == ({DOCKER}, {DOCKER})
        assert begun == {}
        assert multiplex.connections == 2


async def test_closing_ends_all_and_lagging_is_counted(multiplex: Multiplex) -> None:
    """Each client gets the code; clients dropped for lagging are counted."""
    with multiplex.subscribe() as slow, multiplex.subscribe() as other:
        slow.close(1013, "lagging")
        multiplex.close(1012, "the daemon restarts")

        assert (await other.closed()).code == 1012
        assert multiplex.dropped_clients == 1
        assert multiplex.connections == 0
