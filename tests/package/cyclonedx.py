"""CycloneDX's own schema of a bill of materials."""

import json
from importlib import resources
from typing import Any

import jsonschema
from referencing import Registry, Resource

BASE = "http://cyclonedx.org/schema/"


def faults_of(bill: dict[str, Any]) -> list[str]:
    """List the faults of *bill* by its version's schema."""
    folder = resources.files("cyclonedx") / "schema/_res"
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".schema.json")
    }
    schemas = {name.replace(".SNAPSHOT", ""): json.loads(text) for name, text in texts.items()}
    registry: Registry[Any] = Registry().with_resources(
        (BASE + name, Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    schema = schemas[f"bom-{bill['specVersion']}.schema.json"]
    validator = jsonschema.Draft7Validator(schema, registry=registry)
    return [f"{fault.json_path}: {fault.message}"[:300] for fault in validator.iter_errors(bill)]
