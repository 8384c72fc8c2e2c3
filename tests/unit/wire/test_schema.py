"""The schemas match every message and describe every field."""

import dataclasses
import json
from pathlib import Path

import pytest

from tests.fakes.docker import recording
from tests.schemas import violations
from tests.support.feeds import FEEDS, encode
from uma.feeds.docker.events import container_event_from
from uma.feeds.docker.states import ContainerStates
from uma.wire.names import pascal_case
from uma.wire.schema import answer_schemas, message_schemas, multiplex_schemas

from .test_envelope import EVENT
from .test_envelope import STATS as SAMPLE

STATS, DOCKER_EVENT, STORAGE_STATUS = "StatsMessage", "DockerEventMessage", "StorageStatusMessage"

GOLDEN = sorted((Path(__file__).parents[2] / "golden/storage").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_storage_messages(path: Path):
    """Every golden storage message matches its schema, without extra keys."""
    assert violations(STORAGE_STATUS, json.loads(path.read_text())) == []


def test_docker_messages():
    """Each recorded event of a real Docker becomes a message that matches its schema."""
    states = ContainerStates()
    seen = [container_event_from(raw) for raw in recording("lifecycles-20.10.24.jsonl")]
    messages = [
        json.loads(encode(states.message_from(event, seq=seq), 0.0))
        for seq, event in enumerate((event for event in seen if event is not None), start=1)
    ]

    assert len(messages) > 20
    assert [violations(DOCKER_EVENT, message) for message in messages] == [[]] * len(messages)


@pytest.mark.parametrize("temperature", [None, 51.5])
def test_stats_messages(temperature: float | None):
    """A sample matches its schema, with and without a temperature."""
    message = json.loads(encode(dataclasses.replace(SAMPLE, cpu_temperature=temperature), 1_750_028_400.9))

    assert violations(STATS, message) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"type": "stats"}, "$.type"),
        ({"timestamp": "2025-06-15 23:00:00"}, "$.timestamp"),
        ({"colour": "blue"}, "$"),
        ({"data": {**dataclasses.asdict(EVENT), "seq": 0}}, "$.data.seq"),
        ({"data": {**dataclasses.asdict(EVENT), "container_name": "/plex"}}, "$.data.container_name"),
        ({"data": {**dataclasses.asdict(EVENT), "attributes": {"exitCode": "0"}}}, "$.data.attributes"),
        ({"data": {**dataclasses.asdict(EVENT), "status": None}}, "$.data.status"),
    ],
)
def test_invalid_events(change: dict[str, object], where: str):
    """An invalid type, time, key, number, name, attribute or null is found, and nothing else is."""
    message = json.loads(encode(EVENT, 0.0))

    assert violations(DOCKER_EVENT, message) == []
    assert {violation.split(":")[0] for violation in violations(DOCKER_EVENT, message | change)} == {where}


def test_a_closed_word_is_held():
    """An unknown word in a field of the contract's words is an error; in a field of Unraid's words it is not."""
    message = json.loads(GOLDEN[0].read_text())
    message["data"]["array_status"] = "polishing"
    assert violations(STORAGE_STATUS, message) == []

    message["data"]["array_protection"] = "polished"
    assert len(violations(STORAGE_STATUS, message)) == 2


def test_every_field_is_described():
    """Each type, each of its fields and each field inside those has its description."""
    undescribed = [
        f"{name}.{field}"
        for name, schema in (answer_schemas(FEEDS) | multiplex_schemas(FEEDS)).items()
        for field, described in [("", schema), *schema["properties"].items()]
        if not described["description"].strip()
    ]

    assert undescribed == []


def test_messages_are_among_the_answers():
    """The WebSocket side's schemas are the HTTP side's."""
    assert message_schemas(FEEDS).items() <= answer_schemas(FEEDS).items()


def test_words_have_types_of_their_own():
    """No generator that names a field's words by schema and field gets the name of another schema, which it drops."""
    schemas = answer_schemas(FEEDS)
    joined = {
        name + pascal_case(value.get("title", field))
        for name, schema in schemas.items()
        for field, value in schema["properties"].items()
        if "enum" in value
    }

    assert "UpsStatusWord" in joined
    assert joined.isdisjoint(schemas)
