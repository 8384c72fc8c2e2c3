"""State of the daemon itself, for feeds that report it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from uma.model.health import SourceHealth


@dataclass(frozen=True, slots=True)
class DaemonState:
    """State of the daemon: what it serves, and the health of its sources.

    ``started_at`` is Unix time; ``is_shut`` is True if an invalid setting locks all
    clients out; ``stale`` names the feeds whose newest message is too old.
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
        return self.is_degraded_beside(None)

    def is_degraded_beside(self, ignored: str | None) -> bool:
        """Return ``is_degraded`` without the source *ignored*."""
        failed = (name for name, source in self.sources.items() if source.status == "failed")
        return self.is_shut or bool(self.stale) or any(name != ignored for name in failed)
