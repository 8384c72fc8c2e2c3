"""Texts and rules beside a field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest

from uma.feeds.feed import ON_DEMAND, PERCENT, Doc, KnownWords, Words
from uma.feeds.feed.fields import has_demand, notes_of, rule_of


@dataclass
class Part:
    load_percent: Annotated[float | None, Doc("Load."), PERCENT, ON_DEMAND]


@dataclass
class Message:
    kind: ClassVar[str] = "x"

    state: Annotated[str, Doc("State."), Words("on", "off")]
    other: Annotated[str | None, Doc("Other."), KnownWords("a")]
    plain: int
    parts: Annotated[Sequence[Part] | None, Doc("Parts.")]


@dataclass
class Plain:
    parts: tuple[int, ...]


def test_notes_of_each_field():
    """Each field has its text, its rule and its on-demand mark; class variables are not fields."""
    notes = notes_of(Message)

    assert list(notes) == ["state", "other", "plain", "parts"]
    assert notes["state"].doc == "State."
    assert notes["plain"].doc == ""
    assert notes_of(Part)["load_percent"].is_on_demand
    assert rule_of(Message, "state").words == ("on", "off")
    assert rule_of(Message, "other").is_open


@pytest.mark.parametrize(("type_", "expected"), [(Message, True), (Part, True), (Plain, False), (int, False)])
def test_demand_is_found_inside(type_, expected):
    """A message has on-demand figures if any part of it does, at any depth."""
    assert has_demand(type_) is expected
