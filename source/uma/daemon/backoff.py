"""Delays before a failed source is restarted."""

FIRST_SECONDS = 0.2
MAX_SECONDS = 10.0

STEADY_SECONDS = 60.0
"""After being well for this long, a source starts over with the first delay."""

FIRST_FLAP_SECONDS = 1.0
"""First delay of a source that was well and soon failed again."""

MAX_FLAP_SECONDS = 12.0

MIN_WELL_SECONDS = 3.0
"""The delay doubles only for a source that was well for less: proxies normally end idle
connections.
"""

MIN_CYCLE_SECONDS = 6.0
"""Minimum between two starts of a source that was well for MIN_WELL_SECONDS."""


class Backoff:
    """The delays of one source, in seconds.

    * Never well: 0.2, 0.4, 0.8 and so on up to 10.
    * Well, and failed again within MIN_WELL_SECONDS: 1, 2, 4 and so on up to 12, so at
      most 6 starts in 30 s.
    * Well for longer, and failed within STEADY_SECONDS: no sooner than 6 s after its
      start.
    * Well for STEADY_SECONDS: start over.
    """

    def __init__(self) -> None:
        self._delay = FIRST_SECONDS

    def after(self, well_seconds: float | None) -> float:
        """Return the delay after a run that was well for *well_seconds*; None means
        never well.
        """
        if well_seconds is None:
            return self._double(MAX_SECONDS)
        if well_seconds > STEADY_SECONDS:
            self._delay = FIRST_SECONDS
            return self._double(MAX_SECONDS)
        self._delay = max(self._delay, FIRST_FLAP_SECONDS)
        if well_seconds >= MIN_WELL_SECONDS:
            return max(FIRST_FLAP_SECONDS, MIN_CYCLE_SECONDS - well_seconds)
        return self._double(MAX_FLAP_SECONDS)

    def _double(self, most: float) -> float:
        delay = min(self._delay, most)
        self._delay = min(2 * delay, most)
        return delay
