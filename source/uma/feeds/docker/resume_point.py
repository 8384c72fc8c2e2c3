"""Bookmark in Docker's event stream: the time to resume from after a break,
and the events already seen.
"""

from uma.feeds.docker.events import ContainerEvent

REMEMBERED = 512
"""Events; dockerd itself remembers its last 256 of every type,
so that no more of them can come twice.
"""

OVERLAP_NANO = 1_000_000_000
"""Nanoseconds to look back: two simultaneous events can be in the wrong order in
dockerd's memory, and its search ends at the first that is too old.
"""


class ResumePoint:
    """A place in Docker's stream. Nothing before *start_nano*,
    nanoseconds since the epoch, is ever asked for.
    """

    def __init__(self, start_nano: int) -> None:
        self._floor = start_nano
        self._last = start_nano
        self._had: dict[tuple[int, str, str, str], None] = {}

    @property
    def since(self) -> str:
        """The time to ask from, as ``GET /events`` takes it: seconds, a point,
        nine digits of nanoseconds.
        """
        seconds, nanoseconds = divmod(max(self._floor, self._last - OVERLAP_NANO), 1_000_000_000)
        return f"{seconds}.{nanoseconds:09d}"

    def is_new(self, event: ContainerEvent) -> bool:
        """Return True if *event* is new, and move the bookmark to it."""
        if event.time_nano == 0:
            return True
        if event.key in self._had:
            return False
        self._had[event.key] = None
        if len(self._had) > REMEMBERED:
            del self._had[next(iter(self._had))]
        # The newest, not the latest: a clock that was set back must not have
        # us ask from the future.
        self._last = event.time_nano
        self._floor = min(self._floor, event.time_nano)
        return True
