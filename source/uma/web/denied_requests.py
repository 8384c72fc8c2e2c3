"""Who tried to change something and was refused: in the log, but not as often as a stranger likes."""

import time
from collections.abc import Callable

import structlog

INTERVAL = 60.0
"""Seconds between two lines: the log lies in RAM, and trying costs nothing."""

log = structlog.get_logger()


class DeniedRequests:
    """Tells of the first one at once, of the others with the next that is told."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_at = float("-inf")
        self._untold = 0

    def note(self, peer: str | None, status: int) -> None:
        """One more, by *peer*, who got *status*."""
        now = self._clock()
        if now - self._told_at < INTERVAL:
            self._untold += 1
            return
        log.warning("change refused", peer=peer, status=status, others_since=self._untold)
        self._told_at, self._untold = now, 0
