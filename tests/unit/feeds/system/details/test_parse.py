"""Texts of the kernel as numbers."""

import pytest

from uma.feeds.system.details.parse import highest_mhz, parse_swap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SwapTotal: 2048 kB\nSwapFree: 1024 kB\n", (1048576, 2097152)),
        ("SwapTotal: 0 kB\nSwapFree: 0 kB\n", (0, 0)),
        ("SwapTotal: 2048 kB\n", (None, None)),
        ("SwapTotal: x kB\nSwapFree:\n", (None, None)),
        ("", (None, None)),
    ],
)
def test_swap(text, expected):
    """Used swap is total minus free; a damaged text gives None."""
    assert parse_swap(text) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [(["800000\n", "4200000\n"], 4200), (["", "x", "-1"], None), (["99999999999999\n"], None), ([], None)],
)
def test_the_highest_frequency(texts, expected):
    """The highest CPU counts; without cpufreq it is unknown."""
    assert highest_mhz(texts) == expected
