"""Places on a full stream: while others wait, no peer keeps more than a quarter."""

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
        """Close the client, which frees the place."""
        ...


def make_room(places: Sequence[Place], *, newcomer: str | None, capacity: int) -> bool:
    """Free one of the *places*, oldest first, of a full stream for *newcomer*; return
    False if that is not possible.

    It evicts the oldest place of the peer with the most places, if these exceed its
    share and the newcomer's peer holds fewer. A proxy, from which all clients come,
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
