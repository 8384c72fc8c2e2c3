"""How Home Assistant is told of an entity: one retained message each, of the kind that 2024.3 and newer ones take."""

from collections.abc import Iterable, Mapping

import msgspec

import uma
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.entities import Entity
from uma.outputs.mqtt.topics import Topics

_encoder = msgspec.json.Encoder()


def announcements(
    entities: Iterable[Entity], topics: Topics, nameplate: ServerIdentity, expire_after: Mapping[str, int]
) -> dict[str, bytes]:
    """For each of *entities* the topic and the payload that tell of it.

    *expire_after* holds, by stream, the seconds after which a state that nothing has been heard of is unavailable.
    """
    device = {
        "identifiers": [topics.identity],
        "name": nameplate.name,
        "manufacturer": "Lime Technology",
        "model": "Unraid server",
        **({"sw_version": nameplate.unraid_version} if nameplate.unraid_version else {}),
    }
    origin = {"name": "UMA", "sw_version": uma.__version__}
    told: dict[str, bytes] = {}
    for entity in entities:
        state_topic = topics.of_stream(entity.stream)
        expires = {"expire_after": expire_after[entity.stream]} if entity.stream in expire_after else {}
        attributes = {"json_attributes_topic": state_topic} if "json_attributes_template" in entity.options else {}
        told[topics.discovery(entity.component, entity.object_id)] = _encoder.encode(
            {
                "name": entity.name,
                "unique_id": f"{topics.identity}_{entity.object_id}",
                "state_topic": state_topic,
                "value_template": entity.template,
                **entity.options,
                **attributes,
                **expires,
                "availability_topic": topics.availability,
                "device": device,
                "origin": origin,
            }
        )
    return told
