"""How the daemon itself is (wire contract, section 6)."""

from dataclasses import dataclass
from typing import Literal

SourceState = Literal["ok", "unavailable", "failed"]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What a source last said of itself; ``since`` is when ``status`` last changed, in Unix seconds.

    ``unavailable`` is a normal absence (Docker is off) and does not degrade the daemon; ``failed`` does.
    """

    status: SourceState
    detail: str
    since: float
