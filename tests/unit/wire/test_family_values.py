"""How metric values are read off a snapshot: the parts of the table."""

import pytest

from uma.wire.family_values import of_storage, of_system, one, one_hot, words_of

from .test_prometheus import NOTHING


def test_one_hot_marks_the_word_that_holds():
    """Each known word has a sample beside the labels given, an unknown one too, and no word has none."""
    assert list(one_hot("state", ("a", "b"), "b", {"disk": "d"})) == [
        ({"disk": "d", "state": "a"}, 0),
        ({"disk": "d", "state": "b"}, 1),
    ]
    assert list(one_hot("state", ("a",), "c")) == [({"state": "a"}, 0), ({"state": "c"}, 1)]
    assert list(one_hot("state", ("a",), None)) == []


def test_zero_is_a_value():
    """What is 0 has a sample; what is not known has none."""
    assert one(0) == [({}, 0)]
    assert one(None) == []


@pytest.mark.parametrize("of_message", [of_system, of_storage])
def test_no_message_is_not_looked_into(of_message):
    """Before the first message nothing is asked of it."""
    assert list(of_message(lambda message: pytest.fail("asked"))(NOTHING)) == []


@pytest.mark.parametrize(
    ("model", "field", "first"),
    [("StorageStatus", "array_status", "started"), ("ParityCheck", "status", "idle"), ("Disk", "status", "active")],
)
def test_words_are_the_contracts(model, field, first):
    """The words come from the one list of them, closed or open."""
    words = words_of(model, field)
    assert words[0] == first
    assert all(isinstance(word, str) for word in words)
