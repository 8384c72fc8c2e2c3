"""Limits on log lines that clients can cause: the log is in RAM, and attempts cost a
client nothing.
"""

import time
from collections.abc import Callable, Hashable

INTERVAL_SECONDS = 60.0
MAX_PLACES = 256


class LogLimit:
    """Limit of one line a minute and place; the next line reports the number left out.
    *clock* gives seconds.

    A place is the subject of a line. It must not be text that a client chooses.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Oldest first: the time of each place's last line, and the number left out
        # since.
        self._places: dict[Hashable, tuple[float, int]] = {}

    def admit(self, place: Hashable) -> int | None:
        """Return the number of lines of *place* that were left out before this one, or
        None if this one is left out too.
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
