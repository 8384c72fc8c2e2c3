"""Bookmark in Docker's event stream: the time to resume from, and the events already
seen.
"""

from uma.feeds.docker.events import ContainerEvent

REMEMBERED = 512
"""Number of events: dockerd remembers its last 256 of all types, so no more can come
twice.
"""

OVERLAP_NANO = 1_000_000_000
"""Nanoseconds to look back: dockerd may remember simultaneous events in the wrong
order, and its search stops at the first that is too old.
"""

SET_BACK_NANO = 60_000_000_000
"""Nanoseconds to look back after the clock has been set back: Docker may have started
before UMA connects.
"""


class ResumePoint:
    """A place in Docker's stream. No event before *start_nano*, nanoseconds since the
    epoch, is requested.
    """

    def __init__(self, start_nano: int) -> None:
        self._floor = start_nano
        self._last = start_nano
        self._had: dict[tuple[int, str, str, str], None] = {}

    @property
    def since(self) -> str:
        """Return the time to resume from, in the form of ``GET /events``: seconds, a
        point, nine digits of nanoseconds.
        """
        seconds, nanoseconds = divmod(max(self._floor, self._last - OVERLAP_NANO), 1_000_000_000)
        return f"{seconds}.{nanoseconds:09d}"

    def follow_clock(self, now_nano: int) -> None:
        """Look back from *now_nano*, nanoseconds since the epoch, if the bookmark is
        later: Docker would remember no event after it.
        """
        if self._last > now_nano:
            self._last = now_nano - SET_BACK_NANO
            self._floor = min(self._floor, self._last)

    def is_new(self, event: ContainerEvent) -> bool:
        """Return True if *event* is new, and move the bookmark to it."""
        if event.time_nano == 0:
            return True
        if event.key in self._had:
            return False
        self._had[event.key] = None
        if len(self._had) > REMEMBERED:
            del self._had[next(iter(self._had))]
        # The last event's time, not the highest: a clock that was set back must not
        # make UMA ask for the future.
        self._last = event.time_nano
        self._floor = min(self._floor, event.time_nano)
        return True
