"""Freshness of apcupsd's values; the clocks are the test's."""

from uma.feeds.ups.freshness import SLACK_SECONDS, Freshness

POLL = 60.0
LIMIT = POLL + SLACK_SECONDS


class Clock:
    def __init__(self) -> None:
        self.monotonic = 1000.0
        self.unix = 1795985600.0  # NOW

    def pass_(self, seconds: float) -> None:
        self.monotonic += seconds
        self.unix += seconds


def made() -> tuple[Freshness, Clock]:
    clock = Clock()
    return Freshness(clock=lambda: clock.monotonic, now=lambda: clock.unix), clock


NOW = "2026-11-29 20:53:20 +0000"


def test_a_stamp_that_stays_grows_old():
    """After one poll plus slack the daemon has lost its UPS, whatever it reports."""
    freshness, clock = made()

    assert freshness.holds((NOW,), POLL)
    clock.pass_(LIMIT)
    assert freshness.holds((NOW,), POLL)
    clock.pass_(1)
    assert not freshness.holds((NOW,), POLL)


def test_a_new_stamp_is_fresh_again():
    """Any change of the stamp means new values."""
    freshness, clock = made()
    freshness.holds((NOW,), POLL)
    clock.pass_(1000)

    assert freshness.holds(("2026-11-29 21:10:00 +0000",), POLL)


def test_the_masters_stamp_counts_too():
    """A slave still polls with a dead master; only MASTERUPD stops."""
    freshness, clock = made()
    freshness.holds((NOW, NOW), POLL)
    clock.pass_(LIMIT + 1)

    assert not freshness.holds(("2026-11-29 20:54:50 +0000", NOW), POLL)


def test_an_old_stamp_is_old_at_the_first_look():
    """UMA may start long after the cable was pulled."""
    freshness, _ = made()

    assert not freshness.holds(("2026-11-29 20:00:00 +0000",), POLL)


def test_a_clock_that_is_set_changes_nothing():
    """An hour forward does not make values old, an hour back does not make them new."""
    freshness, clock = made()
    freshness.holds((NOW,), POLL)
    clock.unix += 3600

    assert freshness.holds((NOW,), POLL)
    clock.unix -= 7200
    clock.monotonic += LIMIT + 1
    assert not freshness.holds((NOW,), POLL)


def test_no_stamp_proves_nothing():
    """Without a readable time the age of values is unknown."""
    freshness, _ = made()

    assert not freshness.holds((), POLL)
    assert not made()[0].holds(("N/A",), POLL)
