"""JSON Schemas of all that goes over the wire, by name: msgspec's of the types, and what ``fields`` says of each field.

They are draft 7, which AsyncAPI builds on, as well as 2020-12, which OpenAPI does: no keyword of one alone is used.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from uma.feeds.docker.model import DockerEvent
from uma.feeds.storage.model import StorageStatus
from uma.feeds.system.model import SystemStats
from uma.wire import multiplex
from uma.wire.answers import BulkAnswer, BulkRequest, DriveSmart, Health, Problem, SystemHistory
from uma.wire.fields import ABOUT, FIELDS
from uma.wire.multiplex_fields import MULTIPLEX_ABOUT, MULTIPLEX_FIELDS

Schema = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{name}"

STATS: Final = "StatsMessage"
DOCKER_EVENT: Final = "DockerEventMessage"
STORAGE_STATUS: Final = "StorageStatusMessage"


def message_schemas() -> dict[str, Schema]:
    """The schemas of the three messages and of all that is in them."""
    return _components(
        msgspec.defstruct(
            STATS,
            [
                ("type", Literal["stats"]),
                ("timestamp", str),
                ("cpu_percent", float),
                ("memory_percent", float),
                ("data", SystemStats),
            ],
        ),
        msgspec.defstruct(DOCKER_EVENT, [("type", Literal["docker_event"]), ("timestamp", str), ("data", DockerEvent)]),
        msgspec.defstruct(
            STORAGE_STATUS, [("type", Literal["storage_status"]), ("timestamp", str), ("data", StorageStatus)]
        ),
    )


def answer_schemas() -> dict[str, Schema]:
    """The schemas of what REST answers: the messages, and what there is beside them."""
    return message_schemas() | _components(Problem, Health, DriveSmart, SystemHistory, BulkRequest, BulkAnswer)


COMMANDS: Final = ("Subscribe", "Unsubscribe", "Ping")
ANSWERS: Final = ("Subscribed", "Unsubscribed", "Pong", "CommandError", "Gap", "NumberedMessage")


def multiplex_schemas() -> dict[str, Schema]:
    """The schemas of what goes either way over the multiplex address, but for the messages in it."""
    return _components(*(getattr(multiplex, name) for name in (*COMMANDS, *ANSWERS)))


def reference(name: str) -> Schema:
    """Where a document has the schema *name*."""
    return {"$ref": REFERENCE.format(name=name)}


def _components(*types: type) -> dict[str, Schema]:
    _, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    return {name: _described(name, components[name]) for name in sorted(components)}


def _described(name: str, generated: Schema) -> Schema:
    words = FIELDS[name] if name in FIELDS else MULTIPLEX_FIELDS[name]
    properties = {}
    for field, schema in generated["properties"].items():
        description, rule = words[field]
        properties[field] = {"description": description, **_held_to(rule, _portable(schema))}
    if name == "DockerEvent":
        properties["attributes"] |= {
            "properties": {"exitCode": {"type": "string"}, "signal": {"type": "string"}},
            "required": ["exitCode", "signal"],
        }
    if name == "NumberedMessage":
        properties["message"] = {
            "description": properties["message"]["description"],
            "anyOf": [reference(message) for message in (STATS, DOCKER_EVENT, STORAGE_STATUS)],
        }
    # What a client sends may hold nothing else; what it gets, it should take with what is added one day.
    closed = {"additionalProperties": False} if "additionalProperties" in generated else {}
    return {
        "type": "object",
        **closed,
        "description": ABOUT[name] if name in ABOUT else MULTIPLEX_ABOUT[name],
        "properties": properties,
        "required": generated["required"],
    }


def _held_to(rule: Mapping[str, Any], schema: Schema) -> Schema:
    """*schema* with *rule* on what it allows beside null."""
    match schema:
        case {"anyOf": [value, {"type": "null"} as null]}:
            return {"anyOf": [_held_to(rule, value), null]}
        case _:
            return {**schema, **rule}


def _portable(schema: Schema) -> Schema:
    """*schema* without prefixItems, which draft 7 does not know: our tuples have items of one type."""
    if "prefixItems" not in schema:
        return schema
    return {**{key: value for key, value in schema.items() if key != "prefixItems"}, "items": schema["prefixItems"][0]}
