"""Parts of both watchers: their state for the source, and their wake-up."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from uma.aio.deadline import within
from uma.feeds.ups.model import Ups

MAX_UPSES = 8


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. Tests shorten them.

    Args:
        poll: between requests while events are pushed; apcupsd has new values each 60
            s.
        poll_unpushed: between requests while they can't be.
        poll_on_battery: between requests while the battery runs down.
        status: between looks at NUT's status word.
        echoes: after an event of apcupsd's, which may be ahead of its NIS.
        settle: after a change of a pid file, before the look.
        grace: for a daemon that does not answer, before its UPSes are unavailable.
        retries: between attempts to reach a daemon; the last one stays.
        rewatch: between looks, and attempts to watch files, while the kernel can't.
    """

    poll: float = 10.0
    poll_unpushed: float = 0.9
    poll_on_battery: float = 2.0
    status: float = 0.8
    echoes: tuple[float, ...] = (0.25, 1.0)
    settle: float = 0.2
    grace: float = 5.0
    retries: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
    rewatch: float = 10.0


TIMING = Timing()


@dataclass(frozen=True, slots=True)
class Clocks:
    """Monotonic seconds and Unix time."""

    monotonic: Callable[[], float] = time.monotonic
    unix: Callable[[], float] = time.time


CLOCKS = Clocks()


@dataclass(slots=True)
class Watched:
    """The newest state of one program. ``service`` is None until the first look.

    ``trouble`` is the reason why the daemon does not answer, or None.
    """

    service: str | None = None
    place: str = ""
    upses: tuple[Ups, ...] = ()
    is_answered: bool = False
    trouble: str | None = None

    @property
    def is_known(self) -> bool:
        """True once there is something to publish: a first answer, or the reason for
        none.
        """
        return self.service is not None and (self.service != "running" or self.is_answered)

    def not_running(self, service: str) -> None:
        """Forget the UPSes: no daemon watches them."""
        self.service, self.upses, self.is_answered, self.trouble = service, (), False, None


@dataclass(slots=True)
class Failures:
    """Failures in a row. Old values are kept for a grace period."""

    timing: Timing
    count: int = 0
    since: float = 0.0

    def add(self, now: float) -> bool:
        """Count one; return whether the grace period is over."""
        self.since = self.since if self.count else now
        self.count += 1
        return now - self.since >= self.timing.grace

    def pause(self, now: float) -> float:
        """Return the seconds to the next attempt; one comes at the end of the grace
        period.
        """
        retries = self.timing.retries
        seconds = retries[min(self.count, len(retries)) - 1]
        left = self.since + self.timing.grace - now
        return min(seconds, left) if left > 0 else seconds


@dataclass(slots=True)
class Wake:
    """Switch that ends a pause early. ``must_look`` also requests a look at the
    installation.
    """

    must_look: bool = True
    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def up(self) -> None:
        """End the pause."""
        self._event.set()

    def look(self) -> None:
        """End the pause and look at the installation."""
        self.must_look = True
        self._event.set()

    async def pause(self, seconds: float | None) -> bool:
        """Wait *seconds*, for ever if None. Return whether the pause ended early."""
        try:
            async with within(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True
