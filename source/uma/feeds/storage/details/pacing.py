"""Pace of the details of storage: news at once, all else with a heartbeat."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from uma.aio.ticks import TICK_SECONDS
from uma.feeds.storage.details.model import StorageDetails

HEARTBEAT_SECONDS: Final = 30.0


class Pacing:
    """Memory of the details that were published last. *clock* gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._published: StorageDetails | None = None
        self._published_at = float("-inf")

    def begin(self) -> None:
        """Make the next details due: after a reload their stream may have none, since
        what was published while the feed was off did not reach it.
        """
        self._published = None

    def is_due(self, details: StorageDetails) -> bool:
        """Return True if *details* are news, or the next heartbeat."""
        published = self._published
        if published is None or self._clock() - self._published_at >= HEARTBEAT_SECONDS - TICK_SECONDS:
            return True
        return _facts(details) != _facts(published)

    def note(self, details: StorageDetails) -> None:
        """Note that *details* were published."""
        self._published, self._published_at = details, self._clock()


def _facts(details: StorageDetails) -> StorageDetails:
    """Return *details* without figures that change all the time; heartbeats carry
    those.
    """
    return replace(
        details,
        disks=tuple(replace(disk, awake_seconds_today=None, full_in_days=None) for disk in details.disks),
        pools=tuple(
            replace(pool, as_of="", used_bytes=None, free_bytes=None, full_in_days=None) for pool in details.pools
        ),
    )
