"""Health of the daemon itself (wire contract, section 6)."""

from dataclasses import dataclass
from typing import Literal

SourceState = Literal["starting", "ok", "unavailable", "failed"]


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
