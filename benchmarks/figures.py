"""Figures from many measurements. Pure."""

import math
from collections.abc import Sequence
from statistics import median


def quantile(values: Sequence[float], percent: float) -> float:
    """Return the smallest of *values* that *percent* of them don't exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def spread(values: Sequence[float], *, scale: float = 1.0, digits: int = 1) -> str:
    """Return the median of *values* and their range, each times *scale*: ``3.1 (2.9–3.6)``."""
    middle, low, high = (f"{value * scale:.{digits}f}" for value in (median(values), min(values), max(values)))
    return f"{middle} ({low}–{high})"


def ratio(value: float, to: float) -> str:
    """Return *value* as a multiple of *to*."""
    return f"{value / to:.2f}×" if to else "–"


def per_hour(seconds: float, over: float) -> float:
    """Convert *seconds* used during *over* seconds to seconds an hour."""
    return seconds * 3600 / over
