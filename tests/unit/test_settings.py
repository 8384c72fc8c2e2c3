"""Descriptions of settings: valid texts and their values."""

import pytest

from uma.settings import Choice, Count, Entries, Seconds, Secret, Switch, Text


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (Switch("A", "a"), "yes", True),
        (Switch("A", "a"), "no", False),
        (Switch("A", "a"), "true", None),
        (Seconds("A", "a", default=30, least=5), "5", 5),
        (Seconds("A", "a", default=30, least=5), "4", None),
        (Seconds("A", "a", default=30, most=60), "61", None),
        (Seconds("A", "a", default=30), "٣", None),
        (Seconds("A", "a", default=30), "1" * 5000, None),
        (Count("A", "a", default=1), "-1", None),
        (Choice("A", "a", default="x", choices={"x": "X", "y": "Y"}), "y", "y"),
        (Choice("A", "a", default="x", choices={"x": "X", "y": "Y"}), "Y", None),
        (Text("A", "a", pattern="[a-z]+"), "abc", "abc"),
        (Text("A", "a", pattern="[a-z]+"), "abc\n", None),
        (Text("A", "a"), "\x1b[2J", None),
        (Entries("A", "a", pattern="[a-z]+", words="words"), " a  b ", ("a", "b")),
        (Entries("A", "a", pattern="[a-z]+", words="words"), "a 1", None),
    ],
)
def test_values(setting, text, value):
    """A valid text becomes a value, any other None."""
    assert setting.value_of(text) == value


def test_values_go_back_to_text():
    """A value is written in the form of uma.cfg."""
    assert Switch("A", "a").text_of(False) == "no"
    assert Entries("A", "a", pattern=".+", words="words").text_of(("a", "b")) == "a b"
    assert Seconds("A", "a", default=30).text_of(30) == "30"


def test_a_secret_says_so():
    """A secret is marked, other texts are not."""
    assert Secret("A", "a").is_secret
    assert not Text("A", "a").is_secret
