"""The feeds that the words of MQTT_FEEDS select."""

from types import SimpleNamespace

import pytest

from uma.config import Config
from uma.outputs.mqtt.selection import problems_of, selected

NAMES = ("system/stats", "docker/events", "storage/status", "storage/details", "storage/events", "server/summary")
FEEDS = [SimpleNamespace(name=name) for name in NAMES]


@pytest.mark.parametrize(
    ("words", "expected", "unknown"),
    [
        (("storage/details",), ["storage/details"], []),
        (("storage",), ["storage/status"], []),
        (("events",), ["docker/events", "storage/events"], []),
        (("docker",), [], ["docker"]),
        (("summary", "stats", "storage", "events"), [name for name in NAMES if name != "storage/details"], []),
        ((), [], []),
        (("nothing", "stats", "stats"), ["system/stats"], ["nothing"]),
    ],
)
def test_words(words, expected, unknown):
    """A word is a name, the last part of one, or a subject with a status; feeds keep their order."""
    found, missing = selected(FEEDS, words)

    assert [feed.name for feed in found] == expected
    assert missing == unknown


def test_an_unknown_word_is_a_problem():
    """A word that selects no feed is reported with a guess, and is not an error: another version may know it."""
    feeds = [SimpleNamespace(name=name, subject=name.partition("/")[0]) for name in NAMES]
    found = problems_of(Config(mqtt_feeds=("sumary", "storag", "events", "nothing")), feeds, source="uma.cfg")

    assert [(problem.key, problem.message, problem.is_error) for problem in found] == [
        ("MQTT_FEEDS", "sumary is not a feed of this version; did you mean summary?", False),
        ("MQTT_FEEDS", "storag is not a feed of this version; did you mean storage?", False),
        ("MQTT_FEEDS", "nothing is not a feed of this version", False),
    ]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("docker", "docker has no status; its feeds are docker/events"),
        ("system", "system has no status; its feeds are system/stats"),
        ("dockers", "dockers is not a feed of this version"),
        ("storages", "storages is not a feed of this version; did you mean storage?"),
    ],
)
def test_a_subject_without_a_status(word, message):
    """Its feeds are listed, and no guess is a word that selects nothing."""
    feeds = [SimpleNamespace(name=name, subject=name.partition("/")[0]) for name in NAMES]

    assert [problem.message for problem in problems_of(Config(mqtt_feeds=(word,)), feeds, source="")] == [message]
