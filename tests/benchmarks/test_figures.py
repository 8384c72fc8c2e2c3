"""Figures from many measurements."""

import pytest
from benchmarks.figures import per_hour, quantile, ratio, spread


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([5.0], 50, 5.0),
        ([5.0], 99, 5.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([4.0, 1.0, 3.0, 2.0], 50, 2.0),
        (list(range(1, 101)), 99, 99),
        (list(range(1, 101)), 100, 100),
        (list(range(1, 1001)), 99.9, 999),
        (list(range(1, 101)), 0, 1),
    ],
)
def test_a_quantile_is_the_value_that_so_many_do_not_exceed(values, percent, expected):
    """p99 of a hundred values is the second largest, in any order."""
    assert quantile(values, percent) == expected


def test_a_spread_names_the_median_and_the_range():
    """Three rounds are shown by median, least and most, in the requested unit."""
    assert spread([0.0031, 0.0029, 0.0036], scale=1e3) == "3.1 (2.9–3.6)"


def test_a_ratio_to_nothing_is_none():
    """A ratio has two digits; without a comparison there is none."""
    assert ratio(3.0, 2.0) == "1.50×"
    assert ratio(3.0, 0.0) == "–"


def test_an_hour_is_sixty_times_a_minute():
    """Seconds over a while become seconds an hour."""
    assert per_hour(0.05, 60) == pytest.approx(3.0)
