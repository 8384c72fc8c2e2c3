"""Health of the daemon itself, as ``GET /api/v1/health`` shows it."""

from dataclasses import dataclass
from typing import Literal

SourceState = Literal["starting", "ok", "unavailable", "failed"]
FenceState = Literal["holds", "off", "unsupported", "failed"]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """Health of a source, as it last reported; ``since``, in Unix seconds, is the last
    change of ``status``.

    ``starting`` means no report yet. ``unavailable`` is a normal absence (Docker is
    off) and does not degrade the daemon; ``failed`` does.
    """

    status: SourceState
    detail: str
    since: float


@dataclass(frozen=True, slots=True)
class Fence:
    """One fence around the daemon: its state, and the consequence in words.

    ``off`` means disabled by a setting, ``unsupported`` not supported by this kernel,
    ``failed`` refused by it.
    """

    state: FenceState
    detail: str
