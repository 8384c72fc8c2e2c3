"""Moments as the wire has them."""

import pytest

from uma.feeds.moments import moment, parse_booted_at


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-60_000_000_000, "0068-09-03T13:20:00Z"),
        (1_750_028_400.9, "2025-06-15T23:00:00Z"),
        (float("nan"), None),
        (float("inf"), None),
        (10**18, None),
        (-(10**18), None),
    ],
)
def test_moments(seconds, text):
    """Whole seconds in UTC; an invalid time is None."""
    assert moment(seconds) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("cpu 1 2\nbtime 1750028400\n", "2025-06-15T23:00:00Z"), ("btime x\n", None), ("", None)],
)
def test_the_boot_time(text, expected):
    """The boot time is the kernel's own; without it none is invented."""
    assert parse_booted_at(text) == expected
