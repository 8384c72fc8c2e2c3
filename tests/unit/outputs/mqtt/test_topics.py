"""The topics of one server, and none of another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.outputs.mqtt.topics import Topics, node_of


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
    """A server's name in lower case, without what topics may not hold."""
    assert node_of(name) == node


@given(st.text(max_size=40))
def test_any_name_is_one_level(name: str):
    """Whatever a server is called, its level has neither wildcard nor slash, and is not empty."""
    assert node_of(name)
    assert not set(node_of(name)) & set("/+#\0 ")


def test_topics_of_a_server():
    """Streams are under their addresses' names, discovery where Home Assistant looks."""
    topics = Topics("home/uma", "tower")

    assert topics.availability == "home/uma/tower/availability"
    assert topics.of_stream("system/stats") == "home/uma/tower/system/stats"
    assert topics.identity == "home_uma_tower"
    assert topics.discovery("sensor", "cpu") == "homeassistant/sensor/home_uma_tower/cpu/config"
    assert topics.every_discovery == "homeassistant/+/home_uma_tower/+/config"


@pytest.mark.parametrize(
    ("topic", "is_own"),
    [
        ("homeassistant/sensor/uma_tower/cpu/config", True),
        ("homeassistant/event/uma_tower/docker/config", True),
        ("homeassistant/sensor/uma_tower2/cpu/config", False),
        ("homeassistant/sensor/uma_tower/cpu/config/more", False),
        ("homeassistant/sensor/uma_tower/cpu", False),
        ("other/sensor/uma_tower/cpu/config", False),
        ("homeassistant/status", False),
        ("", False),
    ],
)
def test_own_discovery_is_known(topic: str, is_own: bool):
    """Only what Home Assistant was told of this very server is this server's to take back."""
    assert Topics("uma", "tower").is_discovery(topic) is is_own
