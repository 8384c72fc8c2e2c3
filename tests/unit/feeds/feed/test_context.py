"""Demand for figures, and hints."""

import asyncio

import pytest

from uma.feeds.feed import Demand, Hint, registered


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self):
        return self.now


def test_at_first_there_is_no_demand():
    """At first there is no demand."""
    assert not Demand().wanted


def test_every_holder_counts():
    """Demand lasts until the last holder releases it."""
    demand = Demand()
    demand.hold()
    with demand.held():
        demand.release()
        assert demand.wanted

    assert not demand.wanted


def test_a_get_counts_for_two_minutes():
    """A GET or a scrape is demand for 120 s, counted from the newest one."""
    clock = Clock()
    demand = Demand(clock)
    seen = []
    for now in (0.0, 100.0):
        clock.now = now
        demand.touch()
    for clock.now in (100.0, 219.9, 220.0):
        seen.append(demand.wanted)

    assert seen == [True, True, False]


async def test_listeners_learn_of_the_beginning_alone():
    """A listener is called when demand begins, not for each holder, and a waiter returns."""
    demand, calls = Demand(), []
    demand.listeners.add(lambda: calls.append("began"))
    waiting = asyncio.ensure_future(demand.until_wanted())
    await asyncio.sleep(0)
    demand.hold()
    demand.hold()
    await waiting

    assert calls == ["began"]
    assert len(demand.listeners) == 1


async def test_a_hint_reaches_everybody():
    """A hint calls its listeners and ends a wait."""
    hint, calls = Hint(), []
    hint.listeners.add(lambda: calls.append("hint"))
    waiting = asyncio.ensure_future(hint.given())
    await asyncio.sleep(0)
    hint.give()
    await waiting

    assert calls == ["hint"]


def test_a_listener_is_registered_inside_its_block():
    """It is removed also if the block raises, and one that is gone already is no fault."""
    hint, heard = Hint(), []

    def listen() -> None:
        heard.append(1)

    def fail() -> None:
        with registered(hint.listeners, listen):
            hint.give()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    hint.give()
    with registered(hint.listeners, listen):
        hint.listeners.clear()

    assert (heard, hint.listeners) == ([1], set())
