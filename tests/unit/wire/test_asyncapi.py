"""The AsyncAPI document: published, valid, complete."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from tests.schemas import check_committed
from tests.support.feeds import FEEDS
from uma.model.close_codes import CLOSE_CODES
from uma.web.app import routes
from uma.wire.asyncapi import asyncapi_document
from uma.wire.openapi import openapi_document

SPECIFICATION = Path(__file__).parents[2] / "node_modules/@asyncapi/specs/schemas/3.0.0.json"


def test_the_committed_document(request: pytest.FixtureRequest):
    """docs/asyncapi.json is the document that the daemon serves, and has kept every earlier promise."""
    check_committed("asyncapi.json", asyncapi_document(FEEDS), request)


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="tests/node_modules is not installed")
def test_it_is_asyncapi():
    """AsyncAPI's own JSON Schema of version 3 accepts it, and rejects an invalid document."""
    validator = Draft7Validator(json.loads(SPECIFICATION.read_text()))
    document = asyncapi_document(FEEDS)
    wrong = {**document, "operations": {"x": {"action": "shout", "channel": {"$ref": "#/channels/systemStats"}}}}

    assert [error.message for error in validator.iter_errors(document)] == []
    assert not validator.is_valid(wrong)


def test_every_websocket_address_is_a_channel():
    """It has exactly the router's WebSocket addresses; each but the last carries one kind of message."""
    channels = asyncapi_document(FEEDS)["channels"].values()

    assert [channel["address"] for channel in channels] == [
        route.path for route in routes(FEEDS) if route.path.startswith("/api/v1/ws")
    ]
    assert [len(channel["messages"]) for channel in channels] == [*([1] * len(FEEDS)), 9]


def test_commands_and_answers_are_distinguished():
    """Each message of the multiplex address is either received from clients or sent to them."""
    document = asyncapi_document(FEEDS)
    by_action = {
        action: {
            reference["$ref"].rpartition("/")[2]
            for operation in document["operations"].values()
            if operation["action"] == action and operation["channel"] == {"$ref": "#/channels/streams"}
            for reference in operation["messages"]
        }
        for action in ("receive", "send")
    }

    assert by_action["receive"] == {"Subscribe", "Unsubscribe", "Ping"}
    assert by_action["receive"] | by_action["send"] == document["channels"]["streams"]["messages"].keys()
    assert not by_action["receive"] & by_action["send"]


def test_every_close_code_is_documented():
    """Each channel names each close code, by number and in words."""
    for channel in asyncapi_document(FEEDS)["channels"].values():
        assert list(channel["x-close-codes"]) == [str(code) for code in CLOSE_CODES]
        assert all(f"{code}: " in channel["description"] for code in CLOSE_CODES)


def test_both_sides_have_the_same_schemas():
    """Both documents describe a message in the same way."""
    over_websocket, over_http = (
        document["components"]["schemas"] for document in (asyncapi_document(FEEDS), openapi_document(FEEDS))
    )

    assert {"StatsMessage", "DockerEventMessage", "StorageStatusMessage"} <= over_websocket.keys() & over_http.keys()
    assert all(over_websocket[name] == over_http[name] for name in over_websocket.keys() & over_http.keys())
