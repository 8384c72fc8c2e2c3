"""Linear trend of usage: the days until a file system is full."""

from collections.abc import Sequence
from typing import Final

DAY_SECONDS: Final = 86400.0
MIN_SPAN_SECONDS: Final = DAY_SECONDS
"""Seconds. A line through less than a day predicts nothing."""
MIN_POINTS: Final = 12
MAX_DAYS: Final = 3650.0


def full_in_days(points: Sequence[tuple[float, float]], *, size: float, used: float) -> float | None:
    """Return the days until *used* reaches *size*, one decimal,
    by least squares through *points*.

    *points* are Unix times and bytes used. None if there are too few of them, if usage
    does not grow, or if it would take more than ten years.
    """
    if len(points) < MIN_POINTS or points[-1][0] - points[0][0] < MIN_SPAN_SECONDS:
        return None
    start = points[0][0]
    days = [(at - start) / DAY_SECONDS for at, _ in points]
    values = [value for _, value in points]
    mean_day, mean_value = sum(days) / len(days), sum(values) / len(values)
    spread = sum((day - mean_day) ** 2 for day in days)
    slope = sum((day - mean_day) * (value - mean_value) for day, value in zip(days, values, strict=True)) / spread
    if slope <= 0:
        return None
    left = max(0.0, size - used) / slope
    return round(left, 1) if left <= MAX_DAYS else None
