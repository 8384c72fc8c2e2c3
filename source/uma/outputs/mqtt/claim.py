"""Claims on a topic level: two servers of one name at one broker find out,
and one takes another level.

Each server publishes its claim at ``BASE/server`` and hears the others'. Of two that
are alive the earlier one keeps the level. A claim that the broker merely remembers is
nobody's: its server would renew it.
"""

from dataclasses import dataclass

import msgspec

MAX_CLAIM_BYTES = 512


class Yielded(Exception):
    """Raised when the topics belong to another server."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The server of this *id* has had the level since a Unix time."""

    id: str
    since: float

    def encode(self) -> bytes:
        """Return what is published of it."""
        return msgspec.json.encode(self)

    def precedes(self, other: "Claim") -> bool:
        """Return True if this claim keeps the level;
        both servers come to the same answer.
        """
        return (self.since, self.id) < (other.since, other.id)


def parse_claim(payload: bytes) -> Claim | None:
    """Return the claim in *payload*; None if it is none."""
    if len(payload) > MAX_CLAIM_BYTES:
        return None
    try:
        return msgspec.json.decode(payload, type=Claim)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
