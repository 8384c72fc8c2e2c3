"""Log lines that clients can cause are limited."""

from uma.runtime.log_limits import MAX_PLACES, LogLimit


def test_one_a_minute_and_place():
    """The first line of a place is logged, then one after a minute, with the count of those in between."""
    now = 1000.0
    limit = LogLimit(lambda: now)
    admitted = [limit.admit("a") for _ in range(500)]
    other = limit.admit("b")
    now += 59.9
    early = limit.admit("a")
    now += 0.1
    late = [limit.admit("a"), limit.admit("a"), limit.admit("b")]

    assert admitted == [0] + [None] * 499
    assert other == 0
    assert early is None
    assert late == [500, None, 0]


def test_places_are_bounded():
    """Invented places cost no memory, and those in use are kept."""
    limit = LogLimit(lambda: 1000.0)
    for number in range(10 * MAX_PLACES):
        limit.admit(number)

    assert len(limit._places) == MAX_PLACES
    assert limit.admit(10 * MAX_PLACES - 1) is None
