"""Entities announced to Home Assistant, and the time to withdraw a missing one.

A withdrawn entity loses its place in the user's dashboards and automations. So an
entity is withdrawn only after complete messages have lacked it for a long time.
"""

from collections.abc import Callable, Mapping

GRACE = 600.0
"""Seconds for which an entity must be missing."""

MOST_FOUND = 2000
"""Maximum of earlier entities that are remembered; 30 disks and 10 pools have 150."""

WITHDRAWN = b""
"""An empty retained message withdraws an entity."""

_UNKNOWN = b""


class Announced:
    """The entities of one server, by their discovery topics. *clock* gives seconds."""

    def __init__(self, clock: Callable[[], float], *, grace: float = GRACE) -> None:
        self._clock = clock
        self._grace = grace
        self._told: dict[str, bytes] = {}
        self._missed_since: dict[str, float] = {}

    def found(self, topic: str) -> None:
        """Note an entity that the broker retains: if another client announced it, and
        whether it should exist.
        """
        if len(self._told) < MOST_FOUND:
            self._told.setdefault(topic, _UNKNOWN)

    def tell_again(self) -> None:
        """Mark every entity for announcement again."""
        self._told = dict.fromkeys(self._told, _UNKNOWN)

    def changes(self, wanted: Mapping[str, bytes], *, is_whole: bool) -> list[tuple[str, bytes]]:
        """Return the topics and payloads to publish so that Home Assistant shows
        *wanted*.

        Unless *wanted* *is_whole*, no entity counts as missing.
        """
        now = self._clock()
        if is_whole:
            self._missed_since = {
                topic: self._missed_since.get(topic, now) for topic in self._told.keys() - wanted.keys()
            }
        else:
            self._missed_since = {}
        gone = sorted(topic for topic, since in self._missed_since.items() if now - since >= self._grace)
        new = [(topic, payload) for topic, payload in wanted.items() if self._told.get(topic) != payload]
        for topic in gone:
            del self._told[topic], self._missed_since[topic]
        self._told.update(new)
        return [*new, *((topic, WITHDRAWN) for topic in gone)]
