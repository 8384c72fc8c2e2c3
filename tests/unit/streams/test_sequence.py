"""Messages by number, and one client's position among them."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.feeds import encode
from uma.streams.sequence import Cursor, SequencedStream
from uma.streams.stream import Stream

from .test_stream import event, state

KEPT = 10


def events(count: int = 0) -> SequencedStream:
    """A stream that keeps 10 events, after *count* events."""
    numbered = SequencedStream(
        Stream("docker/events", encode=encode, clock=lambda: 7.0, capacity=1, recent=KEPT), "life", retained=False
    )
    for seq in range(1, count + 1):
        numbered.stream.publish(event(seq))
    return numbered


def states(count: int = 0) -> SequencedStream:
    """A stream of states, after *count* states."""
    numbered = SequencedStream(
        Stream("system/stats", encode=encode, clock=lambda: 7.0, capacity=1), "life", retained=True
    )
    for uptime in range(1, count + 1):
        numbered.stream.publish(state(uptime))
    return numbered


def cursor(numbered: SequencedStream, seq: int, epoch: str = "life") -> Cursor:
    return Cursor(numbered, epoch, seq, lambda: None)


def next_frame(of: Cursor) -> bytes | None:
    """Return the cursor's next frame; None without one."""
    taken: list[bytes] = []
    is_taken = of.give(lambda frame: taken.append(frame) is None)
    assert is_taken is (True if taken else None)
    return taken[0] if taken else None


def told(of: Cursor) -> list[tuple[str, int]]:
    """Return type and number of all frames that the cursor has now."""
    frames = iter(lambda: next_frame(of), None)
    return [(frame["type"], frame["seq"]) for frame in map(json.loads, frames)]


def test_an_envelope_is_made_once_and_shared() -> None:
    """Clients that get the same message one after the other share one object."""
    numbered = events(3)

    assert next_frame(cursor(numbered, 2)) is next_frame(cursor(numbered, 2))
    assert numbered.frame(3) is numbered.frame(3)
    assert json.loads(numbered.frame(2))["seq"] == 2


def test_the_envelope_has_the_message_of_the_streams_own_address() -> None:
    """The envelope puts stream, epoch and number around the stream's own frame."""
    numbered = events(2)
    frame = numbered.frame(2)

    assert numbered.stream.recent[-1] in frame
    assert json.loads(frame)["message"]["data"]["seq"] == json.loads(frame)["seq"] == 2


def test_events_come_one_by_one() -> None:
    """A cursor gives each event once and in order, kept ones and new ones."""
    numbered = events(3)
    of = cursor(numbered, 1)

    assert told(of) == [("message", 2), ("message", 3)]
    numbered.stream.publish(event(4))
    assert told(of) == [("message", 4)]
    assert told(of) == []


def test_discarded_events_are_a_named_gap() -> None:
    """A client that is too far behind gets a gap with its bounds and the number of lost messages, then the rest."""
    of = cursor(events(25), 3)
    gap = json.loads(next_frame(of) or b"")

    assert gap == {
        "type": "gap",
        "stream": "docker/events",
        "epoch": "life",
        "seq": 15,
        "after": {"epoch": "life", "seq": 3},
        "missing": 12,
    }
    assert told(of) == [("message", seq) for seq in range(16, 26)]


@pytest.mark.parametrize(("count", "before"), [(25, 15), (10, 0), (2, 0), (0, 0)])
def test_losses_of_another_life_are_not_counted(count: int, before: int) -> None:
    """A position of another run is a gap of unknown size; all kept messages of this run follow."""
    of = cursor(events(count), 1000, epoch="former life")
    gap = json.loads(next_frame(of) or b"")

    assert (gap["epoch"], gap["seq"], gap["missing"]) == ("life", before, None)
    assert gap["after"] == {"epoch": "former life", "seq": 1000}
    assert told(of) == [("message", seq) for seq in range(before + 1, count + 1)]


def test_a_client_overtaken_while_catching_up_learns_of_it() -> None:
    """If events are dropped before the client got them, that is a gap and not an error."""
    numbered = events(10)
    of = cursor(numbered, 0)
    assert json.loads(next_frame(of) or b"")["seq"] == 1
    for seq in range(11, 16):
        numbered.stream.publish(event(seq))

    assert told(of) == [("gap", 5), *(("message", seq) for seq in range(6, 16))]


@given(st.lists(st.sampled_from(["publish", "give"]), max_size=80), st.integers(0, 30), st.integers(0, 30))
def test_every_event_is_given_once_or_is_in_a_gap(steps: list[str], count: int, start: int) -> None:
    """In any mix of publishing and delivery, delivered and missing numbers together are complete and in order."""
    numbered = events(count)
    of = cursor(numbered, min(start, count))
    accounted = position = of.seq
    seqs = itertools.count(count + 1)
    for step in (*steps, *["give"] * 90):
        if step == "publish":
            numbered.stream.publish(event(next(seqs)))
        elif (frame := next_frame(of)) is not None:
            message = json.loads(frame)
            accounted += message.get("missing", 1)
            position = message["seq"]
            assert position == accounted

    assert position == numbered.newest


def test_a_state_comes_at_once_and_then_only_newer_ones() -> None:
    """Whatever number a client had, it gets the newest state; states between two looks are left out."""
    numbered = states(5)
    of = cursor(numbered, 0)

    assert told(of) == [("message", 5)]
    for uptime in (6, 7, 8):
        numbered.stream.publish(state(uptime))
    assert told(of) == [("message", 8)]
    assert told(of) == []
    assert of.behind == 0


def test_a_missing_state_sends_nothing() -> None:
    """Before the first message there is none to give."""
    of = cursor(states(), 0)

    assert told(of) == []


def test_only_a_client_that_caught_up_can_be_behind() -> None:
    """A client that resumes may be as far behind as messages are kept, until it has caught up once."""
    numbered = events(9)
    of = cursor(numbered, 0)
    assert of.behind == 0
    told(of)
    for seq in (10, 11, 12):
        numbered.stream.publish(event(seq))

    assert of.behind == 3


@pytest.mark.parametrize(
    ("numbered", "seq", "epoch", "later"),
    [
        (events(12), 7, "life", [("message", 8), ("message", 9), ("message", 10), ("message", 11), ("message", 12)]),
        (events(3), 9, "former life", [("gap", 0), ("message", 1), ("message", 2), ("message", 3)]),
        (states(3), 0, "life", [("message", 3)]),
    ],
    ids=["event", "gap", "state"],
)
def test_refused_frames_are_offered_again(
    numbered: SequencedStream, seq: int, epoch: str, later: list[tuple[str, int]]
) -> None:
    """A frame that a full connection refuses remains the next one."""
    of = cursor(numbered, seq, epoch)

    assert of.give(lambda _: False) is False
    assert (of.epoch, of.seq) == (epoch, seq)
    assert told(of) == later


def test_forgotten_events_are_a_gap() -> None:
    """A client that resumes after a stream was emptied gets a gap without a number."""
    numbered = events(3)
    numbered.stream.forget()
    numbered.stream.publish(event(4))

    assert told(cursor(numbered, 1)) == [("gap", 3), ("message", 4)]


def test_a_forgotten_state_is_not_given() -> None:
    """No frame is delivered until the next message."""
    numbered = states(2)
    numbered.stream.forget()
    one = cursor(numbered, 0)
    before = next_frame(one)
    numbered.stream.publish(state(3))

    assert before is None
    assert told(one) == [("message", 3)]
