"""Seconds that the publisher waits; tests shorten them."""

from dataclasses import dataclass

from uma.outputs.mqtt import throttle
from uma.outputs.mqtt.announced import GRACE
from uma.outputs.mqtt.failover import ANSWER_SECONDS, RENEWAL_SECONDS

REFUSED_SECONDS = 50.0
"""Seconds before a broker that refused is tried again, in addition to the supervisor's
own pause: brokers log each attempt.
"""

DROPPED_PAUSE_SECONDS = 20.0
"""Seconds before a broker that dropped UMA several times in a row is tried again, in
addition to the supervisor's own pause.
"""

LOOK_AGAIN = 30.0
"""Seconds after which missing entities are counted even without a new state."""

SETTLE_SECONDS = 0.5
"""Seconds in which others' claims and retained messages arrive, before anything is
published.
"""

REPEAT_SECONDS = 1.0
"""Seconds between two repetitions of UMA's own messages that others overwrite."""

ECHO_SECONDS = 5.0
"""Seconds after which the broker should have returned one of UMA's messages."""

SILENT_SECONDS = 55.0
MAX_SILENT_SECONDS = 3600.0
"""First and longest pause, in seconds, before all is published again to a broker that
returns nothing.
"""


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
    silent: float = SILENT_SECONDS
    renewal: float = RENEWAL_SECONDS


USUAL = Timing()
"""Those of a server."""
