"""Pace of the attempts after the loss of one of several brokers.

A cluster that has lost its leader accepts connections and answers none until it has
elected another. NATS waits 4 to 9 s for that, and never answers earlier requests
(nats-server, raft.go). So an attempt is given up early, and the next broker is tried
soon.
"""

import random
import time
from collections.abc import Callable

MIN_WELL_SECONDS = 3.0
"""A connection that was logged in for less gets no quick attempts."""

FAILOVER_SECONDS = 30.0
"""Seconds after the loss; later the supervisor's own pauses apply."""

PAUSE_SECONDS = 0.3

ANSWER_SECONDS = 10.0
"""Seconds for a broker's answer in the normal case."""

MIN_ANSWER_SECONDS = 1.0
"""Seconds for a broker's answer right after the loss of another."""

MOVED_ANSWER_SECONDS = 20.0
"""Seconds for each answer after logging in elsewhere. While a stream of a NATS cluster
has no leader, each request that needs it takes 5 s, one after the other (nats-server,
mqtt.go, mqttDefaultJSAPITimeout).
"""

PATIENCE = 0.1
"""Share of the time since the loss that is added: a cluster may be slow while all its
clients reconnect.
"""

RENEWAL_SECONDS = 15.0
"""Seconds from logging in at one of several until all retained state is published once
more.

A NATS cluster acknowledges a retained message that it could not store, for lack of
a leader of that stream (nats-server, mqtt.go, mqttHandlePubRetain).
"""


class Failover:
    """Pace of one publisher's attempts. *clock* gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lost_at: float | None = None
        self._failures = 0

    def begin(self, well_seconds: float | None) -> None:
        """Note the loss of a connection that was logged in for so many seconds; with
        None, never, the first loss counts.
        """
        self._failures = self._failures + 1 if well_seconds is None else 0
        if well_seconds is not None:
            self._lost_at = self._clock() if well_seconds >= MIN_WELL_SECONDS else None

    @property
    def attempt(self) -> int:
        """Number of logins without an answer since the loss; 0 without a hurry."""
        return 0 if self._since() is None else self._failures

    def answer_seconds(self) -> float:
        """Return the seconds for a broker's answer."""
        since = self._since()
        return ANSWER_SECONDS if since is None else min(ANSWER_SECONDS, MIN_ANSWER_SECONDS + PATIENCE * since)

    def pause(self) -> float | None:
        """Return the seconds before the next attempt; None if the supervisor's own
        pauses apply.
        """
        # Randomised, since a node's other clients come as well.
        return None if self._since() is None else PAUSE_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret

    def _since(self) -> float | None:
        """Return the seconds since the loss, during the quick attempts."""
        since = None if self._lost_at is None else self._clock() - self._lost_at
        return since if since is not None and since < FAILOVER_SECONDS else None
