"""The WebSocket side as an AsyncAPI 3 document: one channel an address, one message a channel."""

from dataclasses import dataclass
from typing import Final

from uma.model.closing import CLOSE_CODES
from uma.wire.openapi import API_VERSION
from uma.wire.schema import DOCKER_EVENT, STATS, STORAGE_STATUS, Schema, message_schemas, reference

BINDING_VERSION: Final = "0.1.0"


@dataclass(frozen=True, slots=True)
class Channel:
    """A WebSocket address: its name, what it carries, and when."""

    name: str
    address: str
    message: str
    summary: str


CHANNELS: Final = (
    Channel("systemStats", "/api/v1/ws/system/stats", STATS, "One at once on connect, then one every 5 s."),
    Channel("dockerEvents", "/api/v1/ws/docker/events", DOCKER_EVENT, "As they occur; nothing is replayed."),
    Channel(
        "storageStatus",
        "/api/v1/ws/storage/status",
        STORAGE_STATUS,
        "One at once on connect, one every 30 s (every 5 s while a parity operation runs), one within 1 s of a change.",
    ),
)


def asyncapi_document() -> Schema:
    """The document, ready to be encoded."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "UMA, the Unraid Management Agent",
            "version": API_VERSION,
            "description": (
                "Text frames of UTF-8, one JSON object a frame, one kind of message an address. "
                "Liveness is ping and pong; trouble is an HTTP status before the upgrade or a close code after it. "
                "What a client sends is ignored. Keys may be added to any object; none is renamed, dropped, retyped "
                "or made null. The HTTP side is in /api/v1/openapi.json."
            ),
        },
        "defaultContentType": "application/json",
        "servers": {
            "lan": {
                "host": "{server}:{port}",
                "protocol": "ws",
                "variables": {"server": {"default": "tower.local"}, "port": {"default": "34600"}},
                "description": "A token is needed while TOKEN_SHA256 is set: in a header, in the query, or as the "
                "subprotocol uma.token.TOKEN, which is echoed.",
                "security": [
                    {"$ref": "#/components/securitySchemes/bearer"},
                    {"$ref": "#/components/securitySchemes/queryToken"},
                ],
            }
        },
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {f"send{channel.message}": _operation(channel) for channel in CHANNELS},
        "components": {
            "messages": {channel.message: _message(channel) for channel in CHANNELS},
            "schemas": message_schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "queryToken": {"type": "httpApiKey", "in": "query", "name": "token"},
            },
        },
    }


def _channel(channel: Channel) -> Schema:
    token = {"type": "string", "description": "The token, while one is set."}
    return {
        "address": channel.address,
        "description": channel.summary + " Close codes: " + " ".join(f"{c}: {t}" for c, t in CLOSE_CODES.items()),
        "messages": {channel.message: {"$ref": f"#/components/messages/{channel.message}"}},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {"type": "object", "properties": {"token": token}},
                "bindingVersion": BINDING_VERSION,
            }
        },
        "x-close-codes": {str(code): text for code, text in CLOSE_CODES.items()},
    }


def _operation(channel: Channel) -> Schema:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.summary,
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{channel.message}"}],
    }


def _message(channel: Channel) -> Schema:
    return {
        "name": channel.message,
        "contentType": "application/json",
        "summary": channel.summary,
        "payload": reference(channel.message),
    }
