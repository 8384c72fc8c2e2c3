"""Where messages come from: one file a place.

A source observes one place and publishes what it sees. It knows neither the streams nor the web: it is given *publish*,
which takes a message and never waits, and *report*, by which it says how it is. It runs until cancelled, or raises a
``SourceError`` to be started again later on the same object, so what must outlive a restart (the last event seen, a
state table) is kept in its attributes.
"""

from collections.abc import Callable
from typing import Protocol

from uma.model import Message
from uma.model.health import SourceState

Publish = Callable[[Message], None]
"""Put a message on its stream: synchronous, cheap, never raises."""

Report = Callable[[SourceState, str], None]
"""Say how the source is, with one line of detail; saying the same again costs nothing."""


class Source(Protocol):
    """What ``supervision`` keeps alive. ``name`` is its key in health."""

    name: str

    async def run(self, publish: Publish, report: Report) -> None:
        """Observe until cancelled. Raises SourceError when it can't go on."""
        ...
