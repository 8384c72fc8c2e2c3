"""The published schemas as the tests use them: closed, so that undescribed keys are errors, too."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from tests.additive import retractions
from tests.support.feeds import FEEDS
from uma.wire.schema import answer_schemas, multiplex_schemas

DOCS = Path(__file__).parents[1] / "docs"


def closed(schema: Any) -> Any:
    """*schema*, closed to keys that it does not describe."""
    match schema:
        case dict():
            inner = {key: closed(value) for key, value in schema.items()}
            is_object = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
            return inner | ({"additionalProperties": False} if is_object else {})
        case list():
            return [closed(item) for item in schema]
        case _:
            return schema


FRAMES = {"error": "CommandError", "message": "NumberedMessage"}


def frame_violations(frame: Any) -> list[str]:
    """List the faults of a frame of the address for several streams."""
    return violations(FRAMES.get(frame["type"], frame["type"].capitalize()), frame)


def violations(name: str, value: Any, *, of_each: bool = False) -> list[str]:
    """List the faults of *value* (or each of its items) by the schema *name*, in either draft."""
    return [
        f"{error.json_path}: {error.message}"
        for validator in _validators(name, of_each=of_each)
        for error in validator.iter_errors(value)
    ]


@cache
def _validators(name: str, *, of_each: bool) -> tuple[Draft7Validator, Draft202012Validator]:
    target: Any = {"$ref": f"#/components/schemas/{name}"}
    document = {
        "components": {"schemas": closed(answer_schemas(FEEDS) | multiplex_schemas(FEEDS))},
        "allOf": [{"type": "array", "items": target} if of_each else target],
    }
    return Draft7Validator(document), Draft202012Validator(document)


def check_committed(name: str, document: Any, request: pytest.FixtureRequest) -> None:
    """Fail unless docs/*name* equals *document*; --update-golden writes it if all its promises are kept."""
    path = DOCS / name
    committed = json.loads(path.read_text()) if path.exists() else {}
    assert [] == list(retractions(committed, document)), "clients rely on these; see tests/additive.py"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        committed = json.loads(path.read_text())

    assert committed == document
