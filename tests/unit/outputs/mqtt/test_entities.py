"""What is shown of the machine and of Docker. That Home Assistant makes the right states of it: integrations/mqtt."""

from uma.outputs.mqtt.entities import DOCKER_ENTITIES, OTHER, SYSTEM_ENTITIES, scaled_template, word_template, words_of
from uma.outputs.mqtt.topics import DOCKER, SYSTEM


def test_each_has_an_id_and_a_name_of_its_own():
    """No two entities of a server share an id or a name, and each is read from its stream."""
    entities = (*SYSTEM_ENTITIES, *DOCKER_ENTITIES)
    assert len({entity.object_id for entity in entities}) == len(entities) == len({entity.name for entity in entities})
    assert {entity.stream for entity in SYSTEM_ENTITIES} == {SYSTEM}
    assert {entity.stream for entity in DOCKER_ENTITIES} == {DOCKER}


def test_each_figure_has_statistics():
    """Every figure of the system is kept in Home Assistant's long-term statistics."""
    assert {entity.options["state_class"] for entity in SYSTEM_ENTITIES} == {"measurement"}


def test_words_are_those_of_the_schema():
    """A closed list of words is told as it is, an open one with a word for what a newer release may say."""
    assert words_of("ParityCheck", "status") == ["idle", "running", "paused"]
    assert OTHER in words_of("DockerEvent", "action")


def test_templates_say_what_they_do():
    """A word that is not on the list becomes another, a number gets its unit, and what is no number None."""
    assert (
        word_template("x", ["a", "b"], otherwise="b") == "{% set word = x %}{{ word if word in ['a', 'b'] else 'b' }}"
    )
    assert (
        scaled_template("x", 60, 0)
        == "{% set number = x %}{{ (number / 60) | round | int if number is number else none }}"
    )
