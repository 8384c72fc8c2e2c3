"""Claims on a topic level: if two servers at one broker have the same name, one of them
takes another level.

Each server publishes its claim at ``BASE/server`` and receives the others'. The earlier
of two live claims keeps the level. A retained claim does not count: a live server would
renew it.
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
        """Return the published form."""
        return msgspec.json.encode(self)

    def precedes(self, other: "Claim") -> bool:
        """Return True if this claim keeps the level; both servers reach the same
        result.
        """
        return (self.since, self.id) < (other.since, other.id)


def parse_claim(payload: bytes) -> Claim | None:
    """Return the claim in *payload*; None if it is invalid."""
    if len(payload) > MAX_CLAIM_BYTES:
        return None
    try:
        return msgspec.json.decode(payload, type=Claim)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
