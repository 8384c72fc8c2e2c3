"""No peer holds all places of a full stream while others wait."""

from contextlib import ExitStack

import pytest

from uma.errors import StreamFull
from uma.streams.places import make_room

from .test_stream import stream


class Place:
    def __init__(self, peer: str | None) -> None:
        self.peer = peer
        self.closed: tuple[int, str] | None = None

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


@pytest.mark.parametrize(
    ("held", "newcomer", "evicted"),
    [
        # One peer has all: its oldest place is evicted, except for its own newcomer.
        ("a" * 100, "b", 0),
        ("a" * 100, "a", None),
        ("a" * 100, None, None),
        # A quarter is allowed.
        ("a" * 25 + "b" * 25 + "c" * 25 + "d" * 25, "e", None),
        ("b" + "a" * 26 + "b" * 24 + "c" * 25 + "d" * 24, "e", 1),
        # Two greedy peers don't evict each other.
        ("a" * 50 + "b" * 50, "b", None),
        ("a" * 50 + "b" * 50, "c", 0),
        ("a" * 76 + "b" * 24, "b", 0),
        ("a" * 75 + "b" * 25, "b", None),
        # Small streams.
        ("a", "b", None),
        ("ab", "c", None),
        ("aab", "c", 0),
        ("aaaa", "b", 0),
        ("aaab", "b", None),
        ("", "b", None),
    ],
)
def test_evictions(held: str, newcomer: str | None, evicted: int | None):
    """The oldest place of the peer with the most is evicted if that is over a quarter and the newcomer holds fewer."""
    places = [Place(peer) for peer in held]

    is_freed = make_room(places, newcomer=newcomer, capacity=len(held))

    assert is_freed == (evicted is not None)
    assert [number for number, place in enumerate(places) if place.closed] == [evicted] * is_freed
    assert all(place.closed is None or place.closed[0] == 1008 for place in places)


def test_places_without_a_peer_are_one_peer():
    """A client without an address can be evicted as well."""
    places = [Place(None) for _ in range(8)]

    assert make_room(places, newcomer="a", capacity=8)


async def test_a_full_stream_admits_a_newcomer():
    """A client that opened every place neither blocks another nor gets all places back."""
    messages = stream(capacity=8)
    with ExitStack() as stack:
        greedy = [stack.enter_context(messages.subscribe(peer="10.0.0.1")) for _ in range(8)]
        with messages.subscribe(peer="10.0.0.2"):
            assert messages.connections == 8
            assert (await greedy[0].closed()).code == 1008
            with pytest.raises(StreamFull), messages.subscribe(peer="10.0.0.1"):
                pass
