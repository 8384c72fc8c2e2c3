"""Helpers for tables of metrics."""

from uma.feeds.feed import one_hot, ratio


def test_one_hot_marks_the_word_that_holds():
    """Each known word has a sample with the given labels, an unknown one too; without a word there is none."""
    assert list(one_hot("state", ("a", "b"), "b", {"disk": "d"})) == [
        ({"disk": "d", "state": "a"}, 0),
        ({"disk": "d", "state": "b"}, 1),
    ]
    assert list(one_hot("state", ("a",), "c")) == [({"state": "a"}, 0), ({"state": "c"}, 1)]
    assert list(one_hot("state", ("a",), None)) == []


def test_a_ratio_has_no_binary_noise():
    """A percentage becomes a share of 1 with at most six digits; an unknown one stays unknown."""
    assert ratio(10.4) == 0.104
    assert ratio(0) == 0
    assert ratio(None) is None
