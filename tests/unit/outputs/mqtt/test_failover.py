"""The pace after the loss of one of several brokers."""

import pytest

from uma.outputs.mqtt.failover import (
    ANSWER_SECONDS,
    FAILOVER_SECONDS,
    MIN_ANSWER_SECONDS,
    MIN_WELL_SECONDS,
    PAUSE_SECONDS,
    Failover,
)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_loss_it_takes_its_time() -> None:
    """A start, and attempts that never logged in, use the supervisor's pauses and the full timeout."""
    failover = Failover(Clock())
    failover.begin(None)

    assert failover.pause() is None
    assert failover.answer_seconds() == ANSWER_SECONDS


def test_a_loss_is_followed_by_quick_tries() -> None:
    """After the loss of a good connection each attempt is short; failed attempts don't restart this phase."""
    clock = Clock()
    failover = Failover(clock)
    failover.begin(60.0)
    assert failover.answer_seconds() == MIN_ANSWER_SECONDS
    clock.now += 8.0
    failover.begin(None)

    assert 0.5 * PAUSE_SECONDS <= (failover.pause() or 0.0) <= 1.5 * PAUSE_SECONDS
    assert MIN_ANSWER_SECONDS < failover.answer_seconds() < 2 * MIN_ANSWER_SECONDS


def test_the_attempts_of_a_failover_are_numbered() -> None:
    """The first login after a loss is attempt 0, and each one without an answer adds 1 until one succeeds."""
    clock = Clock()
    failover = Failover(clock)
    failover.begin(None)
    assert failover.attempt == 0
    failover.begin(60.0)
    assert failover.attempt == 0
    failover.begin(None)
    failover.begin(None)
    assert failover.attempt == 2
    clock.now += FAILOVER_SECONDS
    assert failover.attempt == 0
    failover.begin(60.0)
    assert failover.attempt == 0


def test_the_hurry_ends() -> None:
    """Without a broker for half a minute, the supervisor's pauses apply."""
    clock = Clock()
    failover = Failover(clock)
    failover.begin(60.0)
    clock.now += FAILOVER_SECONDS

    assert failover.pause() is None
    assert failover.answer_seconds() == ANSWER_SECONDS


@pytest.mark.parametrize("before", [None, 60.0])
def test_a_broker_that_drops_uma_at_once_is_tried_slowly(before: float | None) -> None:
    """A connection that ended right after logging in, as after a refused message, allows no quick attempts."""
    failover = Failover(Clock())
    failover.begin(before)
    failover.begin(MIN_WELL_SECONDS / 2)

    assert failover.pause() is None
