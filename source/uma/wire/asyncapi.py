"""The WebSocket side as an AsyncAPI 3 document: a channel an address, one message a channel but for the multiplex."""

from dataclasses import dataclass
from typing import Final

from uma.model.close_codes import CLOSE_CODES
from uma.wire.multiplex_fields import MULTIPLEX_ABOUT
from uma.wire.openapi import API_VERSION, MULTIPLEX
from uma.wire.schema import (
    ANSWERS,
    COMMANDS,
    DOCKER_EVENT,
    STATS,
    STORAGE_STATUS,
    Schema,
    message_schemas,
    multiplex_schemas,
    reference,
)

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

SEVERAL: Final = (
    "Any of the streams over one connection, by commands; nothing comes before the first one. Each is answered. "
    "Each message comes under its number, by which a client goes on after a break: it gets what it missed, "
    "as far as that is among the newest 1,000 events, else a gap that says what is lost."
)


def asyncapi_document() -> Schema:
    """The document, ready to be encoded."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "UMA, the Unraid Management Agent",
            "version": API_VERSION,
            "description": (
                "Text frames of UTF-8, one JSON object a frame, one kind of message an address but for /api/v1/ws. "
                "Liveness is ping and pong; trouble is an HTTP status before the upgrade or a close code after it. "
                "What a client sends is ignored, but for commands to /api/v1/ws. "
                "Keys may be added to any object; none is renamed, dropped, retyped "
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
        "channels": {
            **{channel.name: _channel(channel.address, channel.summary, (channel.message,)) for channel in CHANNELS},
            "streams": _channel(MULTIPLEX, SEVERAL, (*COMMANDS, *ANSWERS)),
        },
        "operations": {
            **{
                f"send{channel.message}": _operation("send", channel.name, channel.summary, (channel.message,))
                for channel in CHANNELS
            },
            "receiveCommand": _operation("receive", "streams", "What a client asks for.", COMMANDS),
            "sendAnswerOrMessage": _operation("send", "streams", "What a client gets.", ANSWERS),
        },
        "components": {
            "messages": {
                **{channel.message: _message(channel.message, channel.summary) for channel in CHANNELS},
                **{name: _message(name, MULTIPLEX_ABOUT[name]) for name in (*COMMANDS, *ANSWERS)},
            },
            "schemas": message_schemas() | multiplex_schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "queryToken": {"type": "httpApiKey", "in": "query", "name": "token"},
            },
        },
    }


def _channel(address: str, summary: str, messages: tuple[str, ...]) -> Schema:
    token = {"type": "string", "description": "The token, while one is set."}
    return {
        "address": address,
        "description": summary + " Close codes: " + " ".join(f"{c}: {t}" for c, t in CLOSE_CODES.items()),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {"type": "object", "properties": {"token": token}},
                "bindingVersion": BINDING_VERSION,
            }
        },
        "x-close-codes": {str(code): text for code, text in CLOSE_CODES.items()},
    }


def _operation(action: str, channel: str, summary: str, messages: tuple[str, ...]) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }


def _message(name: str, summary: str) -> Schema:
    return {
        "name": name,
        "contentType": "application/json",
        "summary": summary,
        "payload": reference(name),
    }
