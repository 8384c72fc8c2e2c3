"""A number with its noun."""

from uma.counted import counted


def test_only_one_is_no_plural():
    """One is singular; none and several are plural."""
    assert [counted(number, "pool") for number in (0, 1, 2)] == ["0 pools", "1 pool", "2 pools"]
