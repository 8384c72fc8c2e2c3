"""Values in Docker's answers, of any type."""

import pytest

from uma.feeds.docker.containers.values import MAX_TEXT_CHARACTERS, MAX_WHOLE, text_of, whole_number


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (MAX_WHOLE, MAX_WHOLE), (MAX_WHOLE + 1, None), (-1, None), (True, None), (1.0, None), ("1", None)],
)
def test_a_whole_number_is_neither_a_truth_nor_a_text(value: object, expected: int | None) -> None:
    """Numbers below the least, and those that no counter reaches, are not known."""
    assert whole_number(value) == expected


def test_a_number_below_zero_counts_if_the_least_allows_it() -> None:
    """An exit code may be negative."""
    assert whole_number(-1, least=-MAX_WHOLE) == -1


@pytest.mark.parametrize(
    ("value", "expected"), [("plex", "plex"), ("x" * 9999, "x" * MAX_TEXT_CHARACTERS), ("a\ud800", "a?"), (7, "")]
)
def test_a_text_is_cut_and_fit_for_utf_8(value: object, expected: str) -> None:
    """Half a surrogate pair becomes a question mark; another type is no text."""
    assert text_of(value) == expected
