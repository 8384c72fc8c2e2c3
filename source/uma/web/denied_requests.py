"""Rate-limited log of denied write requests, since attempts cost a client nothing."""

import time
from collections.abc import Callable

import structlog

from uma.runtime.log_limits import LogLimit

log = structlog.get_logger()


class DeniedRequests:
    """Log of the first one at once, and of the number of others with the next line."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = LogLimit(clock)

    def note(self, peer: str | None, status: int) -> None:
        """Note one more, from *peer*, answered with *status*."""
        left_out = self._limit.admit("change refused")
        if left_out is not None:
            log.warning("change refused", peer=peer, status=status, others_since=left_out)
