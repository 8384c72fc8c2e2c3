"""Entities are announced once, withdrawn late, and never withdrawn by mistake."""

from uma.outputs.mqtt.announced import MOST_FOUND, WITHDRAWN, Announced

from .samples import Clock

GRACE = 600


def roll() -> tuple[Announced, Clock]:
    clock = Clock()
    return Announced(clock, grace=GRACE), clock


ONE, TWO = {"a": b"1"}, {"a": b"1", "b": b"2"}


def test_each_is_announced_once_and_when_it_changes():
    """A payload is published once, and again only when it differs."""
    announced, _ = roll()
    assert announced.changes(TWO, is_whole=True) == [("a", b"1"), ("b", b"2")]
    assert announced.changes(TWO, is_whole=True) == []
    assert announced.changes({"a": b"1", "b": b"3"}, is_whole=True) == [("b", b"3")]


def test_a_gone_one_is_withdrawn_after_its_grace():
    """An entity that was missing for ten minutes is withdrawn once."""
    announced, clock = roll()
    announced.changes(TWO, is_whole=True)
    assert announced.changes(ONE, is_whole=True) == []
    clock.now += GRACE - 1
    assert announced.changes(ONE, is_whole=True) == []
    clock.now += 1
    assert announced.changes(ONE, is_whole=True) == [("b", WITHDRAWN)]
    assert announced.changes(ONE, is_whole=True) == []


def test_one_that_is_back_starts_again():
    """Two absences shorter than the grace period don't add up."""
    announced, clock = roll()
    announced.changes(TWO, is_whole=True)
    for _ in range(5):
        announced.changes(ONE, is_whole=True)
        clock.now += GRACE - 1
        assert announced.changes(TWO, is_whole=True) == []


def test_an_unknown_state_counts_for_nothing():
    """While the state is unknown no entity counts as missing, however long that lasts."""
    announced, clock = roll()
    announced.changes(TWO, is_whole=True)
    for _ in range(5):
        clock.now += GRACE
        assert announced.changes({}, is_whole=False) == []
    assert announced.changes(ONE, is_whole=True) == []


def test_remembered_entities_are_withdrawn_too():
    """A disk removed while the server was off is known from the broker and withdrawn; existing entities are announced
    again.
    """
    announced, clock = roll()
    announced.found("a")
    announced.found("old")
    assert announced.changes(ONE, is_whole=True) == [("a", b"1")]
    clock.now += GRACE
    assert announced.changes(ONE, is_whole=True) == [("old", WITHDRAWN)]


def test_all_is_announced_again_on_request():
    """After Home Assistant's birth message every entity is announced again, and missing entities stay missing."""
    announced, clock = roll()
    announced.changes(TWO, is_whole=True)
    announced.changes(ONE, is_whole=True)
    announced.tell_again()
    clock.now += GRACE
    assert announced.changes(ONE, is_whole=True) == [("a", b"1"), ("b", WITHDRAWN)]


def test_remembered_entities_are_bounded():
    """A broker that remembers more entities than any server has does not fill the memory."""
    announced, clock = roll()
    for number in range(MOST_FOUND + 500):
        announced.found(str(number))
    announced.changes({}, is_whole=True)
    clock.now += GRACE
    assert len(announced.changes({}, is_whole=True)) == MOST_FOUND
