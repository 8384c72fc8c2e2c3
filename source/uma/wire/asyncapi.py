"""The WebSocket side as an AsyncAPI 3 document: one channel per address, with one
message except for the multiplex.
"""

import re
from collections.abc import Sequence
from typing import Final

from uma.feeds.feed import Feed
from uma.model.close_codes import CLOSE_CODES
from uma.wire import multiplex
from uma.wire.names import message_name
from uma.wire.openapi import API_VERSION, MULTIPLEX, WEBSOCKETS
from uma.wire.schema import (
    ANSWERS,
    COMMANDS,
    Schema,
    message_schemas,
    multiplex_schemas,
    reference,
)

BINDING_VERSION: Final = "0.1.0"


SEVERAL: Final = (
    "Any of the streams over one connection, by commands. Nothing is sent before the first command; each command "
    "is answered. Each message has a number, with which a client resumes after a break: it gets what it missed "
    "of the newest 1,000 events, or a gap that names the lost ones."
)


def asyncapi_document(feeds: Sequence[Feed]) -> Schema:
    """Build the document for *feeds*, ready to be encoded."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "UMA, the Unraid Management Agent",
            "version": API_VERSION,
            "description": (
                "Text frames of UTF-8 with one JSON object each. Each address sends one kind of message; "
                "/api/v1/ws sends all. Pings check the connection. "
                "An error is an HTTP status before the upgrade or a close code after it. "
                "Messages of clients are ignored, except commands on /api/v1/ws. "
                "Keys may be added to any object; keys are never renamed, removed, changed in type or made null. "
                "The HTTP side is in /api/v1/openapi.json."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "lan": {
                "host": "{server}:{port}",
                "protocol": "ws",
                "variables": {"server": {"default": "tower.local"}, "port": {"default": "34600"}},
                "description": "A token is required while TOKEN_SHA256 is set: in a header, in the query, or as the "
                "subprotocol uma.token.TOKEN, which is echoed.",
                "security": [
                    {"$ref": "#/components/securitySchemes/bearer"},
                    {"$ref": "#/components/securitySchemes/queryToken"},
                ],
            }
        },
        "channels": {
            **{
                _channel_name(feed): _channel(f"{WEBSOCKETS}{feed.name}", feed.summary, (message_name(feed),))
                for feed in feeds
            },
            "streams": _channel(MULTIPLEX, SEVERAL, (*COMMANDS, *ANSWERS)),
        },
        "operations": {
            **{
                f"send{message_name(feed)}": _operation(
                    "send", _channel_name(feed), feed.summary, (message_name(feed),)
                )
                for feed in feeds
            },
            "receiveCommand": _operation("receive", "streams", "Commands of a client.", COMMANDS),
            "sendAnswerOrMessage": _operation("send", "streams", "Messages to a client.", ANSWERS),
        },
        "components": {
            "messages": {
                **{message_name(feed): _message(message_name(feed), feed.summary) for feed in feeds},
                **{name: _message(name, getattr(multiplex, name).about) for name in (*COMMANDS, *ANSWERS)},
            },
            "schemas": message_schemas(feeds) | multiplex_schemas(feeds),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "queryToken": {"type": "httpApiKey", "in": "query", "name": "token"},
            },
        },
    }


def _channel_name(feed: Feed) -> str:
    """``systemStats`` for ``system/stats``."""
    first, *others = re.split(r"[^A-Za-z0-9]+", feed.name)
    return first + "".join(word.capitalize() for word in others)


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
