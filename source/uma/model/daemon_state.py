"""State of the daemon itself, for feeds that report it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from uma.model.health import SourceHealth


@dataclass(frozen=True, slots=True)
class DaemonState:
    """The daemon at one moment: what it serves, and how its sources are.

    ``started_at`` is Unix time; ``is_shut`` says that a wrong setting shuts everybody
    out; ``stale`` names the feeds whose newest message is too old.
    """

    started_at: float = 0.0
    has_token: bool = False
    has_control: bool = False
    is_shut: bool = False
    feeds: tuple[str, ...] = ()
    sources: Mapping[str, SourceHealth] = field(default_factory=dict)
    stale: tuple[str, ...] = ()

    @property
    def is_degraded(self) -> bool:
        """True if a source failed or a stream is stale."""
        return self.is_shut or bool(self.stale) or any(source.status == "failed" for source in self.sources.values())
