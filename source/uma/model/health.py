"""Health of the daemon itself (wire contract, section 6)."""

from dataclasses import dataclass
from typing import Literal

SourceState = Literal["starting", "ok", "unavailable", "failed"]
FenceState = Literal["holds", "off", "unsupported", "failed"]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """Health of a source, as it last reported; ``since``, in Unix seconds,
    is the last change of ``status``.

    ``starting`` has not reported yet. ``unavailable`` is a normal absence (Docker is
    off); it does not degrade the daemon, ``failed`` does.
    """

    status: SourceState
    detail: str
    since: float


@dataclass(frozen=True, slots=True)
class Fence:
    """One fence around the daemon: whether it holds, and what that means, for a person.

    ``off`` is by a setting, ``unsupported`` by this kernel; ``failed`` was refused.
    """

    state: FenceState
    detail: str
