"""Branches of a stream exist while a client follows them."""

import itertools
import json
from collections.abc import Callable

import pytest

from tests.support.feeds import encode
from uma.model import Message
from uma.streams.intervals import Intervals
from uma.streams.sequence import SequencedStream
from uma.streams.stream import Stream

from .test_stream import state


@pytest.fixture
def own() -> SequencedStream:
    numbered = SequencedStream(
        Stream("system/stats", encode=encode, clock=lambda: 7.0, capacity=1), "life", retained=True
    )
    numbered.stream.publish(state(1))
    return numbered


@pytest.fixture
def begun() -> dict[float, Callable[[Message], None]]:
    """Publishers by interval."""
    return {}


@pytest.fixture
def paces(own: SequencedStream, begun: dict[float, Callable[[Message], None]]) -> Intervals:
    return Intervals(own, begin=begun.__setitem__, end=begun.__delitem__)


def test_a_pace_lasts_while_it_is_followed(paces: Intervals, begun: dict[float, Callable[[Message], None]]) -> None:
    """The first follower begins it, further ones share it, the last one ends it."""
    first, second, other = paces.join(1), paces.join(1), paces.join(10)
    assert first is second
    assert first is not other
    assert begun.keys() == {1, 10}

    paces.leave(1)
    assert begun.keys() == {1, 10}
    paces.leave(1)
    assert begun.keys() == {10}
    paces.leave(10)
    assert begun == {}
    assert paces.join(1) is not first


def test_a_pace_begins_with_the_newest_message_there_is(own: SequencedStream, paces: Intervals) -> None:
    """A new follower gets the stream's own newest message at once, with its own number."""
    branch = paces.join(1)

    assert branch.newest == own.newest == 1
    assert branch.frame(1) == own.frame(1)


def test_the_stream_is_not_touched_by_its_branches(
    own: SequencedStream, paces: Intervals, begun: dict[float, Callable[[Message], None]]
) -> None:
    """Messages of a branch are only in the branch, and no number is used twice."""
    branch, other = paces.join(1), paces.join(2)
    begun[1](state(2))
    begun[2](state(3))
    own.stream.publish(state(4))

    assert own.stream.messages == 2
    assert [json.loads(frame)["data"]["uptime"] for frame in own.stream.recent] == [4]
    seqs = [branch.newest, other.newest, own.newest]
    assert list(itertools.accumulate(seqs, max)) == seqs == [2, 3, 4]
    assert [json.loads(n.frame(n.newest))["message"]["data"]["uptime"] for n in (branch, other, own)] == [2, 3, 4]
