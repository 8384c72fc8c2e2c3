"""Home Assistant's entities of ports, bonds and Wi-Fi; each interface is a device."""

from collections.abc import Sequence

from uma.feeds.feed import (
    A_PROBLEM,
    IN_MEGABYTES_PER_SECOND,
    MEASUREMENT,
    Device,
    Entity,
    as_words,
    in_list,
    one_word,
    scaled,
    sensor,
    show,
)
from uma.feeds.feed.object_ids import object_part
from uma.feeds.network.model import STATES, Interface, NetworkStatus

WITH_ENTITIES = frozenset({"port", "bond", "wifi"})
"""Kinds with entities. Bridges, VLANs and tunnels are built on these."""

IN_MEGABITS_PER_SECOND = {**MEASUREMENT, "device_class": "data_rate", "unit_of_measurement": "Mbit/s"}
MEGABYTE = 1_000_000


def entities_of(status: NetworkStatus) -> Sequence[Entity] | None:
    """Return the entities of each interface; None while there is no interface, so that
    an absence removes no entity.
    """
    interfaces = [each for each in status.interfaces if each.kind in WITH_ENTITIES]
    return [entity for each in interfaces for entity in _entities_of(each)] or None


def _entities_of(interface: Interface) -> Sequence[Entity]:
    key = f"net_{object_part(interface.name)}"
    name = interface.name if interface.description is None else f"{interface.name} ({interface.description})"
    device = Device(key, name, f"Network {interface.kind}")

    def of(attribute: str) -> str:
        return in_list("interfaces", "name", interface.name, attribute)

    state = one_word(of("state"), STATES, otherwise="None")
    received, sent = (scaled(of(f"bytes_{way}_per_sec"), MEGABYTE, 2) for way in ("recv", "sent"))
    entities = [
        sensor(f"{key}_state", "State", state, as_words(STATES), "mdi:ethernet", device),
        sensor(f"{key}_speed", "Speed", show(of("speed_mbps")), IN_MEGABITS_PER_SECOND, None, device),
        sensor(f"{key}_received", "Received", received, IN_MEGABYTES_PER_SECOND, "mdi:download", device),
        sensor(f"{key}_sent", "Sent", sent, IN_MEGABYTES_PER_SECOND, "mdi:upload", device),
    ]
    if interface.kind == "bond":
        degraded = (
            f"{{% set bond = {of('bond')} %}}"
            "{{ none if bond is none else 'ON' if bond.members_up < bond.members else 'OFF' }}"
        )
        entities.append(Entity("binary_sensor", f"{key}_degraded", "Degraded", degraded, A_PROBLEM, device))
    return entities
