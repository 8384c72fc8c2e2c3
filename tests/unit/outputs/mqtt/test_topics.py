"""The topics of one server, and no other's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.outputs.mqtt.topics import Topics, node_of

from .samples import ID


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("Tower", "tower"),
        ("NAS-2", "nas-2"),
        ("my.nas", "my-nas"),
        ("Büro #1/+", "b-ro-1"),
        ("+", "unraid"),
        ("", "unraid"),
    ],
)
def test_a_servers_name_is_a_level(name: str, node: str):
    """The level is the server's name in lower case, without characters that topics may not have."""
    assert node_of(name) == node


@given(st.text(max_size=40))
def test_any_name_is_one_level(name: str):
    """The level of any name has no wildcard and no slash, and is not empty."""
    assert node_of(name)
    assert not set(node_of(name)) & set("/+#\0 ")


def test_topics_of_a_server():
    """Streams are below their addresses' names, discovery at Home Assistant's default."""
    topics = Topics("home/uma", "tower", ID)

    assert topics.availability == "home/uma/tower/availability"
    assert topics.of_stream("system/stats") == "home/uma/tower/system/stats"
    assert topics.claim == "home/uma/tower/server"
    assert topics.identity == f"uma_{ID}"
    assert topics.discovery("sensor", "cpu") == f"homeassistant/sensor/uma_{ID}/cpu/config"
    assert topics.birth == "homeassistant/status"
    assert len(topics.every_discovery) == 6
    assert f"homeassistant/sensor/uma_{ID}/+/config" in topics.every_discovery
    assert "homeassistant/event/home_uma_tower/+/config" in topics.every_discovery


def test_discovery_may_be_elsewhere():
    """Home Assistant's discovery prefix is configurable, there and here."""
    topics = Topics("uma", "tower", ID, "ha/lab")

    assert topics.birth == "ha/lab/status"
    assert topics.discovery("event", "docker") == f"ha/lab/event/uma_{ID}/docker/config"
    assert topics.is_discovery(f"ha/lab/event/uma_{ID}/docker/config")
    assert not topics.is_discovery(f"homeassistant/event/uma_{ID}/docker/config")
    assert all(each.startswith("ha/lab/") for each in topics.every_discovery)


def test_a_client_identifier_suits_every_broker():
    """MQTT 3.1.1 promises 23 letters and digits, no more; two servers of one name have different identifiers."""
    identifier = Topics("home/uma", "tower", ID).client_id()

    assert re.fullmatch("[0-9a-zA-Z]{1,23}", identifier)
    assert identifier != Topics("home/uma", "tower", ID[::-1]).client_id()


def test_each_of_several_brokers_sees_another_client() -> None:
    """A server's identifiers differ by broker and by attempt, and all suit every broker."""
    topics = Topics("uma", "tower", ID)
    identifiers = [topics.client_id(broker) for broker in (None, 0, 1, 2)]
    identifiers += [topics.client_id(broker, attempt) for broker in (0, 1, 2) for attempt in range(1, 21)]

    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch("[a-z0-9]{1,23}", each) for each in identifiers)


def test_another_level_if_the_name_is_taken():
    """The second of two servers of one name appends the start of its id."""
    topics = Topics("uma", "tower", ID, "ha").elsewhere()

    assert topics.base == "uma/tower-0123"
    assert (topics.identity, topics.discovery_prefix) == (f"uma_{ID}", "ha")


@pytest.mark.parametrize(
    ("topic", "is_own"),
    [
        (f"homeassistant/sensor/uma_{ID}/cpu/config", True),
        (f"homeassistant/event/uma_{ID}/docker/config", True),
        (f"homeassistant/binary_sensor/uma_{ID}/disk_tank-x_health/config", True),
        (f"homeassistant/sensor/uma_{ID}0/cpu/config", False),
        (f"homeassistant/sensor/uma_{ID[1:]}/cpu/config", False),
        (f"homeassistant/sensor/uma_{ID}/cpu/config/more", False),
        (f"homeassistant/sensor/uma_{ID}/cpu", False),
        (f"other/sensor/uma_{ID}/cpu/config", False),
        (f"sensor/uma_{ID}/cpu/config", False),
        ("homeassistant/sensor/uma_tower/cpu/config", False),
        # Entities that UMA would not announce take no memory.
        (f"homeassistant/switch/uma_{ID}/cpu/config", False),
        (f"homeassistant/{'x' * 60_000}/uma_{ID}/cpu/config", False),
        (f"homeassistant/sensor/uma_{ID}/{'x' * 129}/config", False),
        (f"homeassistant/sensor/uma_{ID}/a b/config", False),
        (f"homeassistant/sensor/uma_{ID}//config", False),
        ("homeassistant/status", False),
        ("", False),
    ],
)
def test_own_discovery_is_known(topic: str, is_own: bool):
    """Only entities announced by this very server are withdrawn."""
    assert Topics("uma", "tower", ID).is_discovery(topic) is is_own


def test_former_discovery_is_known():
    """Entities that version 2026.11.23 announced by the server's name are withdrawn; another server's are not."""
    topics = Topics("home/uma", "tower", ID)

    assert topics.is_former_discovery("homeassistant/sensor/home_uma_tower/cpu/config")
    assert not topics.is_former_discovery("homeassistant/sensor/home_uma_tower2/cpu/config")
    assert not topics.is_former_discovery(f"homeassistant/sensor/uma_{ID}/cpu/config")
