"""The protocol of sources, and the context that each one is built with.

A source observes one place and publishes messages. It knows neither streams nor
outputs.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from uma.host import Host
from uma.model.daemon_state import DaemonState
from uma.model.health import SourceState
from uma.model.message import Message
from uma.settings import Setting

WANTED_SECONDS = 120.0
"""Seconds for which a GET or a scrape counts as demand (docs/metrics.md)."""

T = TypeVar("T")

Publish = Callable[[Any], None]
"""Publishes a message of one of the source's feeds; never waits, never raises.

The message's type selects the stream. Messages of a disabled feed are dropped.
"""

Report = Callable[[SourceState, str], None]
"""Reports the source's state for health, with a sentence of detail."""


class Source(Protocol):
    """Observer of one place. ``name`` is its entry in health."""

    name: str

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish until cancelled. Raise SourceUnavailable or SourceFailed to be
        restarted.

        It is also cancelled and run again on a reload of the settings, on the same
        object.
        """
        ...


@contextmanager
def registered(listeners: set[Callable[[], None]], listener: Callable[[], None]) -> Iterator[None]:
    """Have *listener* among *listeners* inside the block."""
    listeners.add(listener)
    try:
        yield
    finally:
        listeners.discard(listener)


class Demand:
    """Demand for a feed's on-demand figures. *clock* is monotonic.

    A subscriber, a broker that gets the feed and a page that watches its channel hold
    it. A GET or a scrape touches it for two minutes. ``listeners`` are called when
    demand begins.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.listeners: set[Callable[[], None]] = set()
        self._clock = clock
        self._holders = 0
        self._until = float("-inf")

    @property
    def wanted(self) -> bool:
        """True while clients want figures; check it before each sample."""
        return self._holders > 0 or self._clock() < self._until

    async def until_wanted(self) -> None:
        """Wait for demand; return at once if there is any."""
        began = asyncio.Event()
        with registered(self.listeners, began.set):
            while not self.wanted:
                began.clear()
                await began.wait()

    def touch(self, seconds: float = WANTED_SECONDS) -> None:
        """Count as demand for the next *seconds*."""
        was_wanted = self.wanted
        self._until = max(self._until, self._clock() + seconds)
        self._tell(was_wanted=was_wanted)

    def hold(self) -> None:
        """Count as demand until ``release``."""
        was_wanted = self.wanted
        self._holders += 1
        self._tell(was_wanted=was_wanted)

    def release(self) -> None:
        """End one ``hold``."""
        self._holders -= 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Count as demand inside the block."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def _tell(self, *, was_wanted: bool) -> None:
        if not was_wanted and self.wanted:
            for listener in tuple(self.listeners):
                listener()


class Hint:
    """Hint that sources should look again: from udev, SIGUSR1, or a server that was
    renamed. ``listeners`` are called for each.
    """

    def __init__(self) -> None:
        self.listeners: set[Callable[[], None]] = set()

    def give(self) -> None:
        """Make every listener look again."""
        for listener in tuple(self.listeners):
            listener()

    async def given(self) -> None:
        """Wait for the next hint."""
        hinted = asyncio.Event()
        with registered(self.listeners, hinted.set):
            await hinted.wait()


class SettingsView(Protocol):
    """The settings in force; a reload changes the values it returns."""

    def of(self, setting: Setting[T]) -> T:
        """Return the value of *setting*, which must be one of the source's feeds'."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a source gets when it is built, which is when one of its feeds is
    first enabled.

    ``newest`` returns the newest message of another feed by name, None if there is none
    or the feed is off; ``listeners`` returns the set of functions called after each
    message of a feed. ``demand`` returns a feed's demand by name. ``hint`` is shared by
    all. ``source`` returns the source of another feed of the same subject, None before
    it runs. ``daemon`` returns how the daemon is; ``health_listeners`` are called when
    that changes. ``server_id`` returns the server's id, "" where there is none; it
    blocks.
    """

    host: Host
    settings: SettingsView
    demand: Callable[[str], Demand]
    newest: Callable[[str], Message | None]
    listeners: Callable[[str], set[Callable[[], None]]] = field(default=lambda _name: set())
    hint: Hint = field(default_factory=Hint)
    source: Callable[[str], object | None] = field(default=lambda _name: None)
    daemon: Callable[[], DaemonState] = DaemonState
    health_listeners: set[Callable[[], None]] = field(default_factory=set)
    server_id: Callable[[], str] = str
