"""Numbers in emhttpd's sections."""

import pytest

from uma.feeds.ini_values import LARGEST, count, flag, whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("38", 38), ("-1", -1), ("17950564.8", 17950564), ("-0.5", 0), (str(LARGEST), LARGEST)],
)
def test_a_number_is_read_whole(text: str, number: int) -> None:
    """Decimal strings, with a fraction now and then."""
    assert whole({"key": text}, "key") == number


@pytest.mark.parametrize(
    "text", ["", "-", "*", "nan", "inf", "1e400", "x", "٣٣ C", str(LARGEST + 1), "9" * 5000, "0x10"]
)
def test_other_texts_than_numbers_are_none(text: str) -> None:
    """Also one too large for a size: its bytes would not fit into 64 bits, and nothing could encode them."""
    assert whole({"key": text}, "key") is None


def test_a_missing_key_is_none() -> None:
    """Every release adds some keys, and every key may be missing."""
    assert whole({}, "key") is None
    assert count({}, "key") == 0
    assert flag({}, "key") is None


def test_a_count_is_never_negative() -> None:
    """If only 0 and more make sense, damage is 0."""
    assert count({"key": "-5"}, "key") == 0
    assert count({"key": "5"}, "key") == 5


def test_a_flag_is_one_or_zero() -> None:
    """rotational is empty where there is no device."""
    assert [flag({"key": text}, "key") for text in ("1", "0", "", "yes")] == [True, False, None, None]
