"""The HTTP side as an OpenAPI 3.1 document, generated from the encoded types."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from uma.feeds.feed import Feed, Resource
from uma.wire.names import message_name
from uma.wire.schema import Schema, answer_schemas, reference, result_schema

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

METHODS: Final = ("get", "post")

WEBSOCKETS: Final = "/api/v1/ws/"
MULTIPLEX: Final = "/api/v1/ws"
API: Final = "/api/v1/"

LIMIT: Final = {
    "limit": {
        "description": "How many events at most.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 50,
    }
}
"""The query of an address that gives events."""

API_VERSION: Final = "1"
"""Version of the addresses, not of the daemon;
a breaking change raises it together with /api/v1.
"""

SECURITY: Final[list[dict[str, list[str]]]] = [{}, {"bearer": []}, {"queryToken": []}]

REFUSALS: Final[Mapping[str, str]] = {
    "401": "A token is required, and was missing or wrong.",
    "403": "Pages of this Origin are not allowed.",
    "404": "Unknown path.",
    "405": "This address does not accept the method.",
    "413": "This address accepts no request body, or the body is too large.",
    "421": "The name in the Host header is unknown to this server.",
    "431": "The head of the request is over 16 KiB, or has more than 128 fields.",
}
"""Errors that any address may return."""

OFF: Final = "The setting for this stream is off, or it has no message yet; Retry-After says when to retry."
FULL: Final = "The setting for this stream is off, or all its places are taken; Retry-After says when to retry."
TAKEN: Final = "All its places are taken; Retry-After says when to retry."

METRICS_OFF: Final = "The setting METRICS is off."

CONTROL: Final = "Available while CONTROL is yes and a token is set. Send the token in a header."

OPERATION: Final[Schema] = {
    "name": "operation",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": ["start", "stop", "restart", "pause", "unpause"]},
}


def openapi_document(feeds: Sequence[Feed]) -> Schema:
    """Build the document for *feeds*, ready to be encoded."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "UMA, the Unraid Management Agent",
            "version": API_VERSION,
            "summary": "Live system, Docker and storage state of an Unraid server.",
            "description": (
                "Keys may be added to any object; keys are never renamed, removed, changed in type or made null. "
                "The WebSocket side is in /api/v1/asyncapi.json."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [
            {
                "url": "http://{server}:{port}",
                "variables": {"server": {"default": "tower.local"}, "port": {"default": "34600"}},
            }
        ],
        "tags": [{"name": name} for name in (*dict.fromkeys(feed.subject for feed in feeds), "daemon")],
        "security": SECURITY,
        "paths": {
            path: item
            | {method: {"operationId": _operation(path), **item[method]} for method in METHODS if method in item}
            for path, item in _paths(feeds).items()
        },
        "components": {
            "schemas": answer_schemas(feeds),
            "responses": {_response_name(status): _problem(text) for status, text in REFUSALS.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "Needed while TOKEN_SHA256 is set."},
                "queryToken": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "token",
                    "description": "The same token, for clients that can't send a header.",
                },
            },
        },
    }


def _paths(feeds: Sequence[Feed]) -> dict[str, Schema]:
    document = {"type": "object"}
    file = _content("text/html", {"type": "string"})
    return {
        **{f"{WEBSOCKETS}{feed.name}": _stream(feed.subject, feed.summary) for feed in feeds},
        MULTIPLEX: _multiplex(),
        **{path: item for feed in feeds for path, item in _feed_paths(feed)},
        "/api/v1/docker/containers/bulk/{operation}": _bulk(),
        "/api/v1/docker/containers/{name}/{operation}": _one_container(),
        f"{API}feeds": _get("daemon", "Every feed", {"type": "array", "items": reference("FeedAnswer")}),
        "/api/v1/health": _get("daemon", "How the daemon, its streams and its sources are", reference("Health")),
        "/api/v1/openapi.json": _get("daemon", "The HTTP side, as OpenAPI 3.1", document),
        "/api/v1/asyncapi.json": _get("daemon", "The WebSocket side, as AsyncAPI 3", document),
        "/metrics": _metrics(),
        "/": _open("The dashboard", file),
        "/fleet": _open("All servers on one page", file),
        "/dashboard/{name}": {
            **_open("The dashboard's files", {}),
            "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
        },
    }


def _feed_paths(feed: Feed) -> Iterator[tuple[str, Schema]]:
    message = reference(message_name(feed))
    if feed.retained:
        yield f"{API}{feed.name}", _get(feed.subject, f"The newest message of {feed.name}", message, off=OFF)
    else:
        events = {"type": "array", "items": message}
        summary = f"The newest messages of {feed.name}, oldest first"
        yield f"{API}{feed.name}", _with_query(_get(feed.subject, summary, events, off=OFF, more=BAD_LIMIT), LIMIT)
    for resource in feed.resources:
        yield resource.path, _resource(feed, resource)


def _resource(feed: Feed, resource: Resource) -> Schema:
    item = _get(feed.subject, resource.summary, result_schema(resource.result), off=OFF)
    if not resource.query:
        return item
    item["get"]["responses"]["400"] = _problem("A query parameter is invalid.")
    return _with_query(item, resource.query)


def _with_query(item: Schema, query: Mapping[str, Mapping[str, Any]]) -> Schema:
    """Add parameters to *item*, each a JSON Schema with an optional description."""
    parameters = []
    for name, schema in query.items():
        rule = dict(schema)
        described = {"description": rule.pop("description")} if "description" in rule else {}
        parameters.append({"name": name, "in": "query", **described, "schema": rule})
    item["get"]["parameters"] = parameters
    return item


def _get(
    tag: str, summary: str, schema: Schema, *, off: str = "", more: Mapping[str, Schema] | None = None
) -> dict[str, Any]:
    answers = {"200": {"description": summary + ".", **_content(JSON, schema)}, **(more or {}), **_refusals()}
    if off:
        answers["503"] = _problem(off)
    return {"get": {"tags": [tag], "summary": summary, "responses": answers}}


def _stream(tag: str, summary: str) -> dict[str, Any]:
    answers = {
        "101": {"description": "The connection is now a WebSocket; see asyncapi.json."},
        "400": _problem("Sec-WebSocket-Key is not 16 bytes in base64."),
        "426": {
            **_problem("This address speaks WebSocket, version 13, only."),
            "headers": {"Upgrade": {"schema": {"const": "websocket"}}},
        },
        "503": _problem(FULL),
        **_refusals(),
    }
    return {"get": {"tags": [tag], "summary": summary, "responses": answers}}


def _bulk() -> dict[str, Any]:
    answers = {
        "200": {"description": "Outcome for each container.", **_content(JSON, reference("BulkAnswer"))},
        "400": _problem(
            "The body is not valid JSON, or names no containers or more than 100. No container was changed."
        ),
        **_refusals(),
        "404": _problem("Unknown operation, or the setting CONTROL is off, or no token is set."),
        "408": _problem("The body was not complete after 10 s."),
        "411": _problem("The length of the body was not given."),
        "415": _problem("The content type is not application/json, or the body is compressed."),
        "503": _problem("Docker does not answer. No container was changed."),
    }
    operation = {
        "tags": ["docker"],
        "summary": "Start, stop, restart, pause or unpause containers",
        "description": CONTROL,
        "security": [{"bearer": []}],
        "requestBody": {"required": True, **_content(JSON, reference("BulkRequest"))},
        "responses": answers,
    }
    return {"post": operation, "parameters": [OPERATION]}


def _one_container() -> dict[str, Any]:
    answers = {
        "200": {"description": "The container is in the requested state.", **_content(JSON, reference("BulkResult"))},
        **_refusals(),
        "404": _problem("Unknown container or operation, or the setting CONTROL is off, or no token is set."),
        "409": _problem("It can't be done now; the detail has Docker's words."),
        "503": _problem("Docker does not answer. The container was not changed."),
    }
    operation = {
        "tags": ["docker"],
        "summary": "Start, stop, restart, pause or unpause one container",
        "description": CONTROL,
        "security": [{"bearer": []}],
        "responses": answers,
    }
    name = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "Its name, or its id of 12 or 64 characters.",
        "schema": {"type": "string"},
    }
    return {"post": operation, "parameters": [name, OPERATION]}


def _multiplex() -> dict[str, Any]:
    operation = _stream("daemon", "Any of the streams over one connection, by commands")
    operation["get"]["responses"]["503"] = _problem(TAKEN)
    return operation


def _metrics() -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    types = {"content": {"text/plain": text, "application/openmetrics-text": text}}
    operation = _get("daemon", "The newest messages and the daemon itself, for Prometheus", {}, off=METRICS_OFF)
    operation["get"]["responses"]["200"] |= types
    return operation


def _open(summary: str, content: Schema) -> dict[str, Any]:
    """Describe an address that carries no data and needs no token."""
    answers = {"200": {"description": summary + ".", **content}, "304": {"description": "Unchanged."}, **_refusals()}
    del answers["401"]
    operation = {"tags": ["daemon"], "summary": summary, "security": []}
    return {"get": operation | {"responses": answers}}


def _operation(path: str) -> str:
    """Name the function for *path* in generated clients:
    getSystemStatsHistory, followSystemStats.
    """
    if path.endswith("{operation}"):
        return "operateContainer" if "{name}" in path else "operateContainers"
    if path == MULTIPLEX:
        return "followStreams"
    verb = "follow" if path.startswith(WEBSOCKETS) else "get"
    words = re.findall(r"[a-z]+", path.removeprefix(WEBSOCKETS).removeprefix("/api/v1/")) or ["dashboard"]
    return verb + "".join(word.capitalize() for word in words)


def _refusals() -> dict[str, Schema]:
    return {status: {"$ref": f"#/components/responses/{_response_name(status)}"} for status in REFUSALS}


def _response_name(status: str) -> str:
    return f"Refused{status}"


def _problem(description: str) -> Schema:
    return {"description": description, **_content(PROBLEM, reference("Problem"))}


def _content(media_type: str, schema: Schema) -> Schema:
    return {"content": {media_type: {"schema": schema}}}


BAD_LIMIT: Final = {"400": _problem("limit is not one whole number from 1 to 1000.")}
"""Answer to an invalid number of wanted events."""
