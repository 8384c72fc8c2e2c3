"""Sizes in the webGUI's words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.storage.sizes import size_text, space_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (512, "512B"),
        (994, "994B"),
        (995, "1KB"),
        (8_001_563_222_016, "8TB"),
        (1_920_383_410_176, "1.9TB"),
        (18_000_207_937_536, "18TB"),
        (10_050_000_000_000, "10.1TB"),
        (99_960_000_000, "100GB"),
        (250_059_350_016, "250GB"),
        (994_999_999_999, "995GB"),
        (995_000_000_000, "1TB"),
        (1_000_204_886_016, "1TB"),
        (2**62, "4.6EB"),
    ],
)
def test_a_device_has_one_decimal(size: int, text: str) -> None:
    """my_scale(bytes, unit, -1) of the Main page: one decimal below 100, none that is 0, the next unit from 995 on."""
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("space", "text"),
    [
        (0, "0B"),
        (4_200_000_000_000, "4.2TB"),
        (256_000_000_000, "256GB"),
        (1_015_000_000_000, "1.02TB"),
        (1_014_999_999_999, "1.01TB"),
        (1_004_000_000_000, "1TB"),
        (9_996_000_000, "10GB"),
        (16_375_065_784_320, "16.4TB"),
        (12_040_000_000_000, "12TB"),
        (99_960_000_000, "100GB"),
        (624_500_000_000, "625GB"),
        (995_000_000, "1GB"),
        (994_400_000, "994MB"),
    ],
)
def test_used_and_free_have_three_digits(space: int, text: str) -> None:
    """my_scale(bytes, unit) of the Main page: two decimals below 10, one below 100, half rounded up."""
    assert space_text(space) == text


@given(st.integers(min_value=0, max_value=2**62))
def test_the_arithmetic_is_that_of_my_scale(value: int) -> None:
    """Compared with a plain transcription with floats, away from the edge of rounding."""
    base = math.floor(math.log(value, 1000)) if value else 0
    scaled = value / 1000**base
    if any(abs(scaled * step % 1 - 0.5) < 1e-3 for step in (0.1, 1, 10, 100)) or scaled > 994.99 or scaled < 1.01:
        return
    decimals = 0 if scaled >= 100 else 1 if scaled >= 10 else 2
    unit = ("B", "KB", "MB", "GB", "TB", "PB", "EB")[base]

    assert space_text(value) == f"{scaled:.{decimals}f}".rstrip("0" * (decimals > 0)).rstrip(".") + unit
    assert float(size_text(value).removesuffix(unit)) == round(scaled, 0 if scaled >= 100 else 1)
