"""Freshness of the values that a daemon reports for its UPS.

It is judged by the times in apcupsd's answers, and by how long they stay the same. So a
change of the clock can't make old values look new for long, nor new ones old.
"""

from collections.abc import Callable, Sequence

from uma.feeds.ups.parse import parse_time

SLACK_SECONDS = 25.0
"""Seconds by which new values may be late. apcupsd itself gives up after 20 s."""


class Freshness:
    """Times at which each stamp of an answer last changed.

    Args:
        clock: monotonic seconds.
        now: Unix time, for the first look: a stamp may be old when the daemon starts.
    """

    def __init__(self, *, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self._clock = clock
        self._now = now
        self._seen: dict[int, tuple[str | None, float]] = {}

    def holds(self, stamps: Sequence[str | None], poll_seconds: float) -> bool:
        """Return whether every stamp is at most *poll_seconds* plus some slack old.

        An answer without a stamp is not fresh: it proves nothing.
        """
        ages = [self._age(place, stamp) for place, stamp in enumerate(stamps)]
        return bool(ages) and max(ages) <= poll_seconds + SLACK_SECONDS

    def _age(self, place: int, stamp: str | None) -> float:
        seen = self._seen.get(place)
        if seen is None or seen[0] != stamp:
            age = self._first_age(stamp) if seen is None else 0.0
            self._seen[place] = seen = (stamp, self._clock() - age)
        return self._clock() - seen[1]

    def _first_age(self, stamp: str | None) -> float:
        moment = parse_time(stamp)
        return float("inf") if moment is None else max(0.0, self._now() - moment.timestamp())
