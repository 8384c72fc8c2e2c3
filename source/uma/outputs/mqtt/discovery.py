"""Home Assistant's discovery: one retained message per entity,
as 2024.3 and newer accept it.
"""

from collections.abc import Iterable, Mapping

import msgspec

import uma
from uma.feeds.feed import Device, Entity
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.topics import Topics

_encoder = msgspec.json.Encoder()


def announcements(
    entities: Iterable[tuple[str, Entity]], topics: Topics, nameplate: ServerIdentity, expire_after: Mapping[str, int]
) -> dict[str, bytes]:
    """Return for each of *entities*, given with the name of its feed, the topic and
    payload that announce it.

    *expire_after* holds, by feed, the seconds after which a silent state is
    unavailable.
    """
    device = {
        "identifiers": [topics.identity],
        "name": nameplate.name,
        "manufacturer": "Lime Technology",
        "model": "Unraid server",
        **({"sw_version": nameplate.unraid_version} if nameplate.unraid_version else {}),
    }
    origin = {"name": "UMA", "sw_version": uma.__version__}
    payloads: dict[str, bytes] = {}
    for feed, entity in entities:
        state_topic = topics.of_stream(feed)
        expires = {"expire_after": expire_after[feed]} if feed in expire_after else {}
        attributes = {"json_attributes_topic": state_topic} if "json_attributes_template" in entity.options else {}
        payloads[topics.discovery(entity.component, entity.key)] = _encoder.encode(
            {
                "name": entity.name,
                "unique_id": f"{topics.identity}_{entity.key}",
                "state_topic": state_topic,
                "value_template": entity.template,
                **entity.options,
                **attributes,
                **expires,
                "availability_topic": topics.availability,
                "device": device if entity.device is None else _part(entity.device, topics),
                "origin": origin,
            }
        )
    return payloads


def _part(device: Device, topics: Topics) -> Mapping[str, object]:
    """Describe a separate device that belongs to the server."""
    return {
        "identifiers": [f"{topics.identity}_{device.key}"],
        "name": device.name,
        **({"manufacturer": device.manufacturer} if device.manufacturer else {}),
        **({"model": device.model} if device.model else {}),
        "via_device": topics.identity,
    }
