"""Entities announced for the feeds. integrations/mqtt tests the states that Home Assistant makes of them."""

from dataclasses import replace

from tests.support.feeds import DOCKER, FEEDS, STORAGE, SYSTEM, feed_named, fixed_entities
from uma.feeds.docker.model import DockerEvent
from uma.feeds.feed import OTHER, one_word, scaled, words_of
from uma.feeds.feed.fields import rule_of
from uma.feeds.storage.model import ParityCheck
from uma.outputs.mqtt.entities import Entities

from .samples import stats, storage


def test_each_has_an_id_and_a_name_of_its_own():
    """Entities that always exist have unique ids on a server, and those of the guide's feeds unique names."""
    entities = [entity for feed in FEEDS for entity in fixed_entities(feed.name)]
    guides = [*fixed_entities(SYSTEM), *fixed_entities(DOCKER)]

    assert len({entity.key for entity in entities}) == len(entities)
    assert len({entity.name for entity in guides}) == len(guides)


def test_each_figure_has_statistics():
    """Every figure of the system is kept in Home Assistant's long-term statistics."""
    assert {entity.options["state_class"] for entity in fixed_entities(SYSTEM)} == {"measurement"}


def test_words_are_those_of_the_schema():
    """A closed list of words is announced unchanged, an open one with an additional word for unknown values."""
    assert words_of(rule_of(ParityCheck, "status")) == ["idle", "running", "paused"]
    assert OTHER in words_of(rule_of(DockerEvent, "action"))


def test_templates_have_the_described_results():
    """An unlisted word becomes another, a number gets its unit, and anything but a number gives None."""
    assert one_word("x", ["a", "b"], otherwise="b") == "{% set word = x %}{{ word if word in ['a', 'b'] else 'b' }}"
    assert scaled("x", 60, 0) == "{% set number = x %}{{ (number / 60) | round | int if number is number else none }}"


def test_each_is_known_with_its_feed():
    """Entities that always exist are known at once, those of a message with the first message that knows them."""
    entities = Entities([feed_named(SYSTEM), feed_named(STORAGE)])
    changes = [entities.update({STORAGE: None}), entities.update({STORAGE: None})]

    assert changes == [True, False]
    assert {feed for feed, _ in entities.known} == {SYSTEM}
    assert not entities.is_whole
    assert entities.update({SYSTEM: stats(), STORAGE: storage()})
    assert {feed for feed, _ in entities.known} == {SYSTEM, STORAGE}
    assert entities.is_whole


def test_the_same_layout_has_the_same_entities():
    """A message with other figures changes nothing; one with another disk does."""
    entities = Entities([feed_named(STORAGE)])
    entities.update({STORAGE: storage(disks=1)})

    assert not entities.update({STORAGE: storage(disks=1, temperature="40")})
    assert entities.update({STORAGE: storage(disks=2)})


def test_entities_stay_while_their_state_is_unknown():
    """A message that does not know the entities removes none."""
    entities = Entities([feed_named(STORAGE)])
    entities.update({STORAGE: storage()})
    known = entities.known
    unknown = replace(storage(), array_status="unknown")

    assert not entities.update({STORAGE: unknown})
    assert entities.known == known
    assert not entities.is_whole
