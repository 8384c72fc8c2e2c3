"""Places on a full stream: no peer holds more than a quarter of them while
others wait.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from uma.model.close_codes import POLICY_VIOLATION

MAX_PEER_SHARE = 1 / 4


class Place(Protocol):
    """A client's place; ``peer`` is the address it came from,
    None where it has none.
    """

    peer: str | None

    def close(self, code: int, reason: str) -> None:
        """End it, which frees it."""
        ...


def make_room(places: Sequence[Place], *, newcomer: str | None, capacity: int) -> bool:
    """Free one of the *places*, oldest first, of a full stream for *newcomer*;
    False if none is to be had.

    The oldest place of the peer that holds the most goes, if that is more than its
    share. The newcomer's peer must hold less than that; a proxy, from which all come,
    loses none.
    """
    held = Counter(place.peer for place in places)
    share = max(1, int(capacity * MAX_PEER_SHARE))
    greediest, most = max(held.items(), key=lambda item: item[1], default=(None, 0))
    if newcomer is None or greediest == newcomer or most <= share or held[newcomer] >= share:
        return False
    oldest = next(place for place in places if place.peer == greediest)
    oldest.close(POLICY_VIOLATION, f"other clients need places, and this address had {most} of {capacity}")
    return True
