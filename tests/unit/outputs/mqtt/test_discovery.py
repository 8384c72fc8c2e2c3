"""Home Assistant's discovery, byte by byte: a change affects every user's entities."""

import json
from pathlib import Path

import pytest

import uma
from tests.support.feeds import DOCKER, STORAGE, SYSTEM, fixed_entities
from uma.feeds.feed import Device, sensor
from uma.feeds.storage.entities import entities_of
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.discovery import announcements
from uma.outputs.mqtt.topics import Topics

from .samples import ID, storage

TOPICS = Topics("uma", "tower", ID)
GOLDEN = Path(__file__).parents[3] / "golden/mqtt/discovery.json"


def told(nameplate: ServerIdentity, topics: Topics = TOPICS) -> dict[str, dict]:
    entities = [
        *((name, entity) for name in (SYSTEM, DOCKER) for entity in fixed_entities(name)),
        *((STORAGE, entity) for entity in entities_of(storage())),
    ]
    payloads = announcements(entities, topics, nameplate, {SYSTEM: 180, STORAGE: 180})
    return {topic: json.loads(payload) for topic, payload in payloads.items()}


def test_announcements_are_golden(request: pytest.FixtureRequest):
    """Topics and payloads match the reviewed file: ids, units, classes, templates."""
    found = json.dumps(told(ServerIdentity("Tower", "7.2.0", ID)), indent=1, ensure_ascii=False) + "\n"
    found = found.replace(uma.__version__, "VERSION")
    if request.config.getoption("--update-golden"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(found)

    assert found == GOLDEN.read_text()


def test_two_servers_share_nothing():
    """Servers of one name share no discovery topic and no id."""
    one, other, third = (
        told(ServerIdentity("x", None, ID), topics)
        for topics in (
            Topics("uma", "tower", ID),
            Topics("uma", "tower", ID[::-1]).elsewhere(),
            Topics("attic", "tower", "f" * 32),
        )
    )

    for left, right in ((one, other), (one, third), (other, third)):
        assert not left.keys() & right.keys()
        assert not {each["unique_id"] for each in left.values()} & {each["unique_id"] for each in right.values()}


def test_events_do_not_expire():
    """A silent state becomes unavailable; an event keeps its value."""
    payloads = told(ServerIdentity("Tower", None, ID))
    assert "expire_after" not in payloads[f"homeassistant/event/uma_{ID}/docker/config"]
    assert payloads[f"homeassistant/sensor/uma_{ID}/cpu/config"]["expire_after"] == 180
    assert "sw_version" not in payloads[f"homeassistant/sensor/uma_{ID}/cpu/config"]["device"]


def test_a_part_is_a_separate_device():
    """An entity of a disk, container or UPS belongs to its own device, which belongs to the server."""
    entity = sensor("ups_load", "Load", "{{ 1 }}", device=Device("ups_rack", "UPS rack", "Back-UPS", "APC"))
    payloads = announcements([("ups/status", entity)], TOPICS, ServerIdentity("Tower", None, ID), {})
    (payload,) = (json.loads(each) for each in payloads.values())

    assert payload["device"] == {
        "identifiers": [f"uma_{ID}_ups_rack"],
        "name": "UPS rack",
        "manufacturer": "APC",
        "model": "Back-UPS",
        "via_device": f"uma_{ID}",
    }
    assert payload["state_topic"] == "uma/tower/ups/status"
