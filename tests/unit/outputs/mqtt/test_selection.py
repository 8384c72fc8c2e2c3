"""The feeds that the words of MQTT_FEEDS select."""

from types import SimpleNamespace

import pytest

from uma.outputs.mqtt.selection import selected

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
    """A word is a name, the last part of one, or a subject that has a status; feeds keep their order."""
    found, missing = selected(FEEDS, words)

    assert [feed.name for feed in found] == expected
    assert missing == unknown
