"""Limits on log lines that clients can cause: the log lies in RAM,
and trying costs nothing.
"""

import time
from collections.abc import Callable, Hashable

INTERVAL_SECONDS = 60.0
MAX_PLACES = 256


class LogLimit:
    """One line a minute and place; the next one says how many were left out.
    *clock* gives seconds.

    A place is what a line is about, and must not be anything that a client can make up.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Oldest first: when each place was logged last,
        # and how often it was left out since.
        self._places: dict[Hashable, tuple[float, int]] = {}

    def admit(self, place: Hashable) -> int | None:
        """Return how many lines of *place* were left out before this one;
        None to leave it out as well.
        """
        now = self._clock()
        logged_at, left_out = self._places.get(place, (float("-inf"), 0))
        if now - logged_at < INTERVAL_SECONDS:
            self._places[place] = (logged_at, left_out + 1)
            return None
        self._places.pop(place, None)
        self._places[place] = (now, 0)
        if len(self._places) > MAX_PLACES:
            del self._places[next(iter(self._places))]
        return left_out
