"""Seconds that the publisher waits; a test shortens them."""

from dataclasses import dataclass

from uma.outputs.mqtt import throttle
from uma.outputs.mqtt.announced import GRACE
from uma.outputs.mqtt.failover import ANSWER_SECONDS, RENEWAL_SECONDS

REFUSED_SECONDS = 50.0
"""Before a broker that has refused is asked again, beside the supervisor's own pause:
brokers log each try.
"""

DROPPED_PAUSE_SECONDS = 20.0
"""Before a broker that dropped UMA several times in a row is tried again,
beside the supervisor's own pause.
"""

LOOK_AGAIN = 30.0
"""Seconds after which what has been missed is counted without a new state."""

SETTLE_SECONDS = 0.5
"""For the claims of others to come, and what the broker remembers,
before anything is published.
"""

REPEAT_SECONDS = 1.0
"""From one answer to what others publish in UMA's place to the next."""

ECHO_SECONDS = 5.0
"""After which the broker should have returned what UMA published."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Pauses and limits of one publisher, in seconds."""

    answer: float = ANSWER_SECONDS
    spacing: float = throttle.SPACING
    heartbeat: float = throttle.HEARTBEAT
    grace: float = GRACE
    look_again: float = LOOK_AGAIN
    refused: float = REFUSED_SECONDS
    dropped: float = DROPPED_PAUSE_SECONDS
    settle: float = SETTLE_SECONDS
    repeat: float = REPEAT_SECONDS
    echo: float = ECHO_SECONDS
    renewal: float = RENEWAL_SECONDS


USUAL = Timing()
"""As on a server."""
