"""Changes by which a published schema breaks a promise."""

from copy import deepcopy
from typing import Any

import pytest

from tests.additive import retractions

DOCUMENT: dict[str, Any] = {
    "x-close-codes": {"1001": "It stops."},
    "paths": {
        "/a": {"parameters": [{"name": "limit", "required": False}]},
        "/c": {"parameters": [{"name": "operation", "required": True, "schema": {"enum": ["start"]}}]},
    },
    "schemas": {
        "Disk": {
            "description": "A disk.",
            "properties": {
                "name": {"description": "Its name.", "type": "string"},
                "used": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                "state": {"type": "string", "enum": ["ok", "hot"]},
            },
            "required": ["name", "used"],
        },
        "Numbered": {"message": {"anyOf": [{"$ref": "#/StatsMessage"}, {"$ref": "#/StorageMessage"}]}},
    },
}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return document


DISK = ("schemas", "Disk")
MESSAGE = ("schemas", "Numbered", "message", "anyOf")


@pytest.mark.parametrize(
    "new",
    [
        DOCUMENT,
        changed(*DISK, "description", to="Another word."),
        changed("x-close-codes", "1001", to="Another word."),
        changed(*DISK, "properties", "name", "description", to="Another word."),
        changed(*DISK, "properties", "size", to={"type": "string"}),
        changed(*DISK, "required", to=["used", "name", "state"]),
        changed(*DISK, "properties", "state", "enum", to=["ok", "warm", "hot"]),
        changed("paths", "/b", to={}),
        changed(*MESSAGE, to=[{"$ref": "#/UpsMessage"}, {"$ref": "#/StatsMessage"}, {"$ref": "#/StorageMessage"}]),
        changed("paths", "/a", "parameters", 0, to={"name": "limit", "required": False, "description": "x"}),
        changed("paths", "/c", "parameters", 0, "schema", "enum", to=["start", "pause"]),
    ],
)
def test_additions(new: dict[str, Any]) -> None:
    """Other texts for people, new keys, more guarantees, new words and new addresses break no promise."""
    assert list(retractions(DOCUMENT, new)) == []


@pytest.mark.parametrize(
    "new",
    [
        changed(*DISK, "properties", "name", to=None),
        changed(*DISK, "properties", "name", "type", to="integer"),
        changed(*DISK, "required", to=["name"]),
        changed(*DISK, "properties", "used", "anyOf", to=[{"type": "integer"}, {"type": "string"}, {"type": "null"}]),
        changed(*DISK, "properties", "name", to={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        changed(*DISK, "properties", "used", "anyOf", 0, "type", to="string"),
        changed(*DISK, "properties", "state", "enum", to=["ok"]),
        changed("x-close-codes", "1001", to=None),
        changed("paths", "/a", to=None),
        changed("paths", "/a", "parameters", to=[{"name": "limit", "required": True}]),
        changed("paths", "/c", "parameters", 0, "schema", "enum", to=["pause"]),
        changed(
            "paths", "/a", "parameters", to=[{"name": "limit", "required": False}, {"name": "key", "required": True}]
        ),
    ],
)
def test_retractions(new: dict[str, Any]) -> None:
    """A missing key, type, guarantee, word or address breaks one, and so does a new null or a new requirement."""
    assert list(retractions(DOCUMENT, new)) != []
