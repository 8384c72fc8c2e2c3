"""Common parts of both watchers."""

from dataclasses import replace

import pytest

from uma.feeds.ups.watching import TIMING, Failures, Wake, Watched


def test_old_values_stand_for_a_grace():
    """The first failure starts the grace period; a success resets it."""
    failures = Failures(replace(TIMING, grace=5.0))

    assert [failures.add(now) for now in (0.0, 4.9, 5.0)] == [False, False, True]
    failures.count = 0
    assert not failures.add(100.0)


def test_an_attempt_comes_when_the_grace_ends():
    """Attempts become rarer, but old values are not kept longer because of that."""
    failures = Failures(replace(TIMING, grace=5.0, retries=(1.0, 10.0)))
    failures.add(0.0)
    assert failures.pause(0.0) == 1.0
    failures.add(1.0)
    assert failures.pause(1.0) == 4.0
    failures.add(5.0)
    assert failures.pause(5.0) == 10.0


async def test_a_pause_ends_early():
    """A wake-up ends it, even one before it; each ends one pause."""
    wake = Wake()
    wake.up()

    assert await wake.pause(None) is True
    assert await wake.pause(0.001) is False


async def test_a_look_is_remembered():
    """It lasts until it is done, despite other wake-ups."""
    wake = Wake(must_look=False)
    wake.look()
    wake.up()

    assert await wake.pause(None)
    assert wake.must_look


@pytest.mark.parametrize(
    ("watched", "is_known"),
    [
        (Watched(), False),
        (Watched(service="absent"), True),
        (Watched(service="running"), False),
        (Watched(service="running", is_answered=True), True),
    ],
)
def test_nothing_is_known_before_the_first_answer(watched, is_known):
    """So no client reads "no UPS" before the daemon's first answer."""
    assert watched.is_known == is_known
