"""The HTTP side as an OpenAPI 3.1 document, made of the types that are encoded."""

import re
from collections.abc import Mapping
from typing import Any, Final

from uma.wire.schema import DOCKER_EVENT, STATS, STORAGE_STATUS, Schema, answer_schemas, reference

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

METHODS: Final = ("get", "post")

WEBSOCKETS: Final = "/api/v1/ws/"
MULTIPLEX: Final = "/api/v1/ws"

API_VERSION: Final = "1"
"""Of the addresses, not of the daemon: it rises with what would break a client, together with /api/v1."""

SECURITY: Final[list[dict[str, list[str]]]] = [{}, {"bearer": []}, {"queryToken": []}]

REFUSALS: Final[Mapping[str, str]] = {
    "401": "A token is set, and none or another came.",
    "403": "A page of this Origin may not read.",
    "404": "There is nothing at this path.",
    "405": "This address takes no such method.",
    "413": "This address takes no request body, or none so large.",
    "421": "The Host header names a server that this one is not known as.",
    "431": "The head of the request is over 16 KiB, or has more than 128 fields.",
}
"""What any address may answer."""

OFF: Final = "The setting for this stream is off, or it has no message yet; Retry-After says when to ask again."
FULL: Final = "The setting for this stream is off, or all its places are taken; Retry-After says when to try again."
TAKEN: Final = "All its places are taken; Retry-After says when to try again."

METRICS_OFF: Final = "The setting METRICS is off."


def openapi_document() -> Schema:
    """The document, ready to be encoded."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "UMA, the Unraid Management Agent",
            "version": API_VERSION,
            "summary": "Live system, Docker and storage state of an Unraid server.",
            "description": (
                "Keys may be added to any object; none is renamed, dropped, retyped or made null. "
                "The WebSocket side is in /api/v1/asyncapi.json."
            ),
        },
        "servers": [
            {
                "url": "http://{server}:{port}",
                "variables": {"server": {"default": "tower.local"}, "port": {"default": "34600"}},
            }
        ],
        "tags": [{"name": name} for name in ("system", "docker", "storage", "daemon")],
        "security": SECURITY,
        "paths": {
            path: item
            | {method: {"operationId": _operation(path), **item[method]} for method in METHODS if method in item}
            for path, item in _paths().items()
        },
        "components": {
            "schemas": answer_schemas(),
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


def _paths() -> dict[str, Schema]:
    limit = {
        "name": "limit",
        "in": "query",
        "description": "How many events at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50},
    }
    bad_limit = {"400": _problem("limit is not one whole number from 1 to 1000.")}
    events = {"type": "array", "items": reference(DOCKER_EVENT)}
    drives = {"type": "array", "items": reference("DriveSmart")}
    document = {"type": "object"}
    file = _content("text/html", {"type": "string"})
    return {
        "/api/v1/ws/system/stats": _stream("system", "Samples of the machine, every 5 s"),
        "/api/v1/ws/docker/events": _stream("docker", "Container events, as they occur"),
        "/api/v1/ws/storage/status": _stream("storage", "The state of the array, every 30 s and when it changes"),
        "/api/v1/ws": _multiplex(),
        "/api/v1/system/stats": _get("system", "The newest sample", reference(STATS), off=OFF),
        "/api/v1/system/stats/history": _get(
            "system", "The samples of the last hour", reference("SystemHistory"), off=OFF
        ),
        "/api/v1/storage/status": _get("storage", "The newest state of the array", reference(STORAGE_STATUS), off=OFF),
        "/api/v1/storage/smart": _get("storage", "Each drive's SMART data, as last read", drives, off=OFF),
        "/api/v1/docker/events": {
            "get": _get("docker", "The newest events, oldest first", events, off=OFF, more=bad_limit)["get"]
            | {"parameters": [limit]}
        },
        "/api/v1/docker/containers/bulk/{operation}": _bulk(),
        "/api/v1/health": _get("daemon", "How the daemon, its streams and its sources are", reference("Health")),
        "/api/v1/openapi.json": _get("daemon", "The HTTP side, as OpenAPI 3.1", document),
        "/api/v1/asyncapi.json": _get("daemon", "The WebSocket side, as AsyncAPI 3", document),
        "/metrics": _metrics(),
        "/": _open("The dashboard", file),
        "/dashboard/{name}": {
            **_open("The dashboard's files", {}),
            "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
        },
    }


def _get(
    tag: str, summary: str, schema: Schema, *, off: str = "", more: Mapping[str, Schema] | None = None
) -> dict[str, Any]:
    answers = {"200": {"description": summary + ".", **_content(JSON, schema)}, **(more or {}), **_refusals()}
    if off:
        answers["503"] = _problem(off)
    return {"get": {"tags": [tag], "summary": summary, "responses": answers}}


def _stream(tag: str, summary: str) -> dict[str, Any]:
    answers = {
        "101": {"description": "The connection is a WebSocket now; asyncapi.json says what it carries."},
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
        "200": {"description": "What came of each container.", **_content(JSON, reference("BulkAnswer"))},
        "400": _problem("The body is no JSON, or names no containers, or more than 100. None was touched."),
        **_refusals(),
        "404": _problem("There is no such operation, or the setting CONTROL is off, or no token is set."),
        "408": _problem("The body was not complete after 10 s."),
        "411": _problem("The length of the body was not given."),
        "415": _problem("The body is not said to be application/json."),
        "503": _problem("There is no Docker that answers. No container was touched."),
    }
    operation = {
        "tags": ["docker"],
        "summary": "Start, stop or restart containers",
        "description": "There while CONTROL is yes and a token is set; the token has to come as a header.",
        "security": [{"bearer": []}],
        "requestBody": {"required": True, **_content(JSON, reference("BulkRequest"))},
        "responses": answers,
    }
    operations = {"type": "string", "enum": ["start", "stop", "restart"]}
    return {
        "post": operation,
        "parameters": [{"name": "operation", "in": "path", "required": True, "schema": operations}],
    }


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
    """An address that carries no data and needs no token."""
    answers = {"200": {"description": summary + ".", **content}, "304": {"description": "Unchanged."}, **_refusals()}
    del answers["401"]
    operation = {"tags": ["daemon"], "summary": summary, "security": []}
    return {"get": operation | {"responses": answers}}


def _operation(path: str) -> str:
    """What generated clients call the function for *path*: getSystemStatsHistory, followSystemStats."""
    if path.endswith("{operation}"):
        return "operateContainers"
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
