"""What Home Assistant is told, to the letter: a change of it is a change for every user's entities."""

import json
from pathlib import Path

import pytest

import uma
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.discovery import announcements
from uma.outputs.mqtt.entities import DOCKER_ENTITIES, SYSTEM_ENTITIES
from uma.outputs.mqtt.storage_entities import storage_entities
from uma.outputs.mqtt.topics import Topics

from .samples import storage

TOPICS = Topics("uma", "tower")
GOLDEN = Path(__file__).parents[3] / "golden/mqtt/discovery.json"


def told(nameplate: ServerIdentity, topics: Topics = TOPICS) -> dict[str, dict]:
    entities = [*SYSTEM_ENTITIES, *DOCKER_ENTITIES, *storage_entities(storage())]
    payloads = announcements(entities, topics, nameplate, {"system/stats": 180, "storage/status": 180})
    return {topic: json.loads(payload) for topic, payload in payloads.items()}


def test_announcements_are_golden(request: pytest.FixtureRequest):
    """Topics and payloads are as reviewed: ids, units, classes, templates."""
    found = json.dumps(told(ServerIdentity("Tower", "7.2.0")), indent=1, ensure_ascii=False) + "\n"
    found = found.replace(uma.__version__, "VERSION")
    if request.config.getoption("--update-golden"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(found)

    assert found == GOLDEN.read_text()


def test_two_servers_share_nothing():
    """Servers of different names, or of one name under different prefixes, have no topic and no id in common."""
    one, other, third = (
        told(ServerIdentity("x", None), topics)
        for topics in (Topics("uma", "tower"), Topics("uma", "nas"), Topics("attic", "tower"))
    )

    for left, right in ((one, other), (one, third), (other, third)):
        assert not left.keys() & right.keys()
        assert not {each["unique_id"] for each in left.values()} & {each["unique_id"] for each in right.values()}


def test_events_do_not_expire():
    """A state that nothing is heard of becomes unavailable; an event stays what it was."""
    payloads = told(ServerIdentity("Tower", None))
    assert "expire_after" not in payloads["homeassistant/event/uma_tower/docker/config"]
    assert payloads["homeassistant/sensor/uma_tower/cpu/config"]["expire_after"] == 180
    assert "sw_version" not in payloads["homeassistant/sensor/uma_tower/cpu/config"]["device"]
