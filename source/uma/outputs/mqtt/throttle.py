"""Throttle for states: sent at once if a fact has changed, else at a slow pace.

At this pace the states of 20 servers are a few messages a second, for a broker and for
Home Assistant's database.
"""

from collections.abc import Callable
from dataclasses import dataclass

SPACING = 15.0
"""Seconds between two states that differ in numbers only."""

HEARTBEAT = 60.0
"""Seconds after which an unchanged state is sent again."""


@dataclass(frozen=True, slots=True)
class State:
    """A frame, and the part of its message whose change is sent at once: any comparable
    value.
    """

    frame: bytes
    facts: object = None

    @property
    def content(self) -> bytes:
        """Frame without its time stamps."""
        return self.frame.partition(b'"data":')[2]


class Throttle:
    """The pace of one stream's states. *clock* gives seconds."""

    def __init__(self, clock: Callable[[], float], *, spacing: float = SPACING, heartbeat: float = HEARTBEAT) -> None:
        self._clock = clock
        self._spacing = spacing
        self._heartbeat = heartbeat
        self._last: State | None = None
        self._at = 0.0

    def wait(self, state: State) -> float:
        """Return the seconds until *state* is due; 0 for now."""
        if self._last is None or state.facts != self._last.facts:
            return 0.0
        pause = self._heartbeat if state.content == self._last.content else self._spacing
        return max(0.0, self._at + pause - self._clock())

    def sent(self, state: State) -> None:
        """Note that *state* has been published now."""
        self._last = state
        self._at = self._clock()
