"""Days until a file system is full."""

import pytest

from uma.feeds.storage.details.trend import full_in_days

DAY = 86400.0


def line(days, slope, step=0.25):
    return [(day * step * DAY, 100 + slope * day * step) for day in range(int(days / step) + 1)]


@pytest.mark.parametrize(
    ("points", "used", "expected"),
    [
        (line(7, 10), 170, 83.0),
        (line(7, 0), 170, None),
        (line(7, -5), 170, None),
        (line(7, 0.01), 170, None),
        (line(0.9, 10, step=0.05), 170, None),
        (line(2, 10, step=1), 170, None),
        ([], 170, None),
        (line(7, 10), 1200, 0.0),
    ],
)
def test_a_straight_line(points, used, expected):
    """Growth of 10 a day fills 830 in 83 days; too little data, no growth and ten years give None."""
    assert full_in_days(points, size=1000, used=used) == expected
