"""Generator of docs/endpoints.md from the published documents and a real daemon's answers.

Times, counts and the machine's own figures differ between runs, so they get a fixed value of
the same type. All else is the daemon's answer for demo/tower.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from uma.wire.multiplex import ERROR_CODES

WHEN = "2025-06-15T23:00:00Z"

SETTLED: Mapping[str, Any] = {
    "timestamp": WHEN,
    "started_at": WHEN,
    "since": WHEN,
    "last_message_at": WHEN,
    "version": "2026.11.23",
    "messages": 720,
    "connections": 2,
    "subscriptions": {"system/stats": 2, "docker/events": 1, "storage/status": 1},
    "cpu_percent": 15.2,
    "memory_percent": 45.8,
    "memory_used": 7868518236,
    "memory_total": 17179869184,
    "uptime": 86400,
    "load_average": [0.5, 0.7, 0.9],
    "read_bytes": 1048576,
    "write_bytes": 2097152,
    "read_bytes_per_sec": 20480,
    "write_bytes_per_sec": 40960,
    "bytes_sent": 1048576,
    "bytes_recv": 2097152,
    "bytes_sent_per_sec": 1024,
    "bytes_recv_per_sec": 2048,
    "cpu_cores": [14.1, 16.3],
    "cpu_temperature": 48.0,
}
"""Fixed values for the page, by key, of figures that differ between runs."""

DETAILS = {
    "storage": "reading /var/local/emhttp",
    "udev": "listening to kernel",
    "system": "every 5 s",
    "webgui": "posting to the webGUI's channels",
}
"""Details of sources that depend on the machine."""

SOURCES = ("system", "docker", "storage", "smart", "udev", "webgui")
GUIDES = ("system/stats", "docker/events", "storage/status")
"""Streams in the example of health."""

CUT = "…"
"""Mark of an omission."""

HISTORY_TIMES = [1750028395, 1750028400]


@dataclass(frozen=True)
class Answer:
    """Answer to a request: its command, status, relevant headers and body."""

    command: str
    status: int
    headers: Mapping[str, str]
    body: Any


def settled(value: Any, key: str = "") -> Any:
    """Return *value* with fixed values of SETTLED. Fails if a type differs."""
    if key in SETTLED:
        fixed = SETTLED[key]
        assert value is None or type(value) is type(fixed), (key, value)
        return fixed
    match value:
        case dict():
            return {name: settled(inner, name) for name, inner in value.items()}
        case list():
            # One entry is enough to show their shape.
            return [settled(inner) for inner in value[:1]]
        case _:
            return value


def settled_frame(frame: Mapping[str, Any]) -> dict[str, Any]:
    """Return a frame of several streams with a fixed epoch and without its message."""
    numbers = {"seq": 721} if frame.get("stream") == "system/stats" and "seq" in frame else {}
    life = {"epoch": "9f1c27d0a3b54e68"} if "epoch" in frame else {}
    message = {"message": {"type": frame["message"]["type"], CUT: CUT}} if "message" in frame else {}
    return {**frame, **numbers, **life, **message}


def settled_health(health: Mapping[str, Any]) -> dict[str, Any]:
    """Return health with the guide's streams, and its sources in a fixed order and state."""
    sources = {
        name: {"status": "ok", "detail": DETAILS.get(name, source["detail"]), "since": WHEN}
        for name, source in sorted(health["sources"].items())
        if name in SOURCES
    }
    streams = {name: settled(stream) for name, stream in health["streams"].items() if name in GUIDES}
    return {**settled(health), "status": "healthy", "streams": streams, "sources": sources}


def settled_history(history: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return history with two samples of fixed figures."""
    columns = {}
    for name, column in history.items():
        value = SETTLED[name][0] if name == "load_average" else SETTLED[name]
        assert all(each is None or isinstance(each, int | float) for each in column), name
        columns[name] = HISTORY_TIMES if name == "timestamp" else [value, value]
    return columns


@dataclass(frozen=True)
class Found:
    """Results of a real daemon: documents, answers by path, errors, a conversation."""

    openapi: Mapping[str, Any]
    asyncapi: Mapping[str, Any]
    answers: Mapping[str, Answer]
    errors: Sequence[Answer]
    conversation: Sequence[tuple[str, Any]]


def page(found: Found) -> str:
    """Return the whole page."""
    return "\n".join(_wrapped(_lines(found))) + "\n"


def _wrapped(lines: Iterator[str]) -> Iterator[str]:
    """Wrap prose at 88 columns; code, tables and headings stay."""
    is_code = False
    for line in lines:
        is_code ^= line.startswith("```")
        if is_code or line.startswith(("|", "#", "    ", "```")):
            yield line
        else:
            # A span of code is not broken.
            joined = re.sub(r"`[^`]*`", lambda span: span[0].replace(" ", "\0"), line)
            for part in textwrap.wrap(joined, 88, break_long_words=False, break_on_hyphens=False) or [""]:
                yield part.replace("\0", " ")


def _lines(found: Found) -> Iterator[str]:
    openapi, asyncapi, answers = found.openapi, found.asyncapi, found.answers
    yield "# Endpoints"
    yield ""
    yield "All addresses of UMA, on port 34600, with a real daemon's answers for the recorded"
    yield "server `demo/tower`. `pytest --update-golden` writes this page. Lists are cut to their"
    yield "first entry. For programs there are [openapi.json](openapi.json) and"
    yield "[asyncapi.json](asyncapi.json), which the daemon serves, too."
    yield "[Troubleshooting](troubleshooting.md) explains errors."
    yield ""
    yield "- Keys may be added to any object. Keys are never renamed, removed, or changed in type,"
    yield "  and become null only where this page says so."
    yield "- Everything is read only, except [bulk operations](bulk-operations.md), which are off"
    yield "  by default."
    yield "- With a token set (`TOKEN_SHA256`), every address requires it: as"
    yield "  `Authorization: Bearer TOKEN`, `X-UMA-Token: TOKEN`, `?token=TOKEN`, or on a WebSocket"
    yield "  the subprotocol `uma.token.TOKEN`. The pages `/`, `/fleet` and `/dashboard/` need no"
    yield "  token. Without it, `/api/v1/server/info` has only the keys that identify a server."
    yield "- Times are UTC. Sizes as text (`8TB`) are the webGUI's, in powers of 1000; keys that"
    yield "  end in `_bytes` are exact."
    yield ""
    yield "## WebSocket"
    yield ""
    yield "Each address sends one kind of message, as text frames of one JSON object. The last"
    yield "one, `/api/v1/ws`, sends what a client subscribes to."
    *single, several = asyncapi["channels"].values()
    for channel in single:
        (message,) = channel["messages"]
        path = channel["address"]
        yield ""
        yield f"### `{path}`"
        yield ""
        yield f"{channel['description'].partition(' Close codes:')[0]} Fields: [{message}](#{message.lower()})."
        if path in answers:
            yield ""
            yield from _body(answers[path].body)
    yield from _several(several, asyncapi, found.conversation)
    yield ""
    yield "### Close codes"
    yield ""
    yield "| code | what it means, and what to do |"
    yield "|---|---|"
    codes = next(iter(asyncapi["channels"].values()))["x-close-codes"]
    for code, text in codes.items():
        yield f"| {code} | {text} |"
    yield ""
    yield "## HTTP"
    yield ""
    yield "All addresses accept `GET` and `HEAD` only; those for bulk operations accept `POST` only."
    for path, item in openapi["paths"].items():
        if path.startswith("/api/v1/ws"):
            continue
        operation = item["get"] if "get" in item else item["post"]
        yield ""
        yield f"### `{path}`"
        yield ""
        yield f"{operation['summary']}.{_link(operation['responses']['200'])}"
        if "requestBody" in operation:
            yield f"Its body:{_link(operation['requestBody']).removeprefix(' Fields:')} {operation['description']}"
            yield "More: [bulk operations](bulk-operations.md)."
        for parameter in operation.get("parameters", []):
            yield _parameter(parameter)
        if path in answers:
            yield ""
            yield f"    {answers[path].command}"
            yield ""
            yield from _body(answers[path].body)
    yield ""
    yield "## Errors"
    yield ""
    yield "Every error is a [problem](#problem) (RFC 9457), before any upgrade, with the content"
    yield "type `application/problem+json`."
    for answer in found.errors:
        yield ""
        yield f"    {answer.command}"
        yield ""
        yield "```"
        yield f"HTTP/1.1 {answer.status}"
        yield from (f"{name}: {value}" for name, value in answer.headers.items())
        yield ""
        yield json.dumps(answer.body, ensure_ascii=False)
        yield "```"
    yield ""
    yield "## Fields"
    for name, schema in (asyncapi["components"]["schemas"] | openapi["components"]["schemas"]).items():
        yield ""
        yield f"### {name}"
        yield ""
        yield schema["description"]
        yield ""
        yield "| field | type | meaning |"
        yield "|---|---|---|"
        for field, inner in schema["properties"].items():
            yield f"| `{field}` | {_type(inner)} | {inner['description']}{_words(inner)} |"


def _parameter(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"]
    about = f"{parameter['description']} " if "description" in parameter else ""
    if "enum" in schema:
        values = ", ".join(f"`{value}`" for value in schema["enum"])
    else:
        values = f"{schema['minimum']} to {schema['maximum']}"
    return f"`?{parameter['name']}=`: {about}{values}; {schema['default']} without it."


def _several(
    channel: Mapping[str, Any], asyncapi: Mapping[str, Any], conversation: Sequence[tuple[str, Any]]
) -> Iterator[str]:
    commands, answers = (
        [
            reference["$ref"].rpartition("/")[2]
            for operation in asyncapi["operations"].values()
            if operation["action"] == action and operation["channel"]["$ref"] == "#/channels/streams"
            for reference in operation["messages"]
        ]
        for action in ("receive", "send")
    )
    yield ""
    yield f"### `{channel['address']}`"
    yield ""
    yield channel["description"].partition(" Close codes:")[0]
    yield ""
    yield f"A client sends {_links(commands)}. It gets {_links(answers)}. After `>` is what a client sends:"
    yield ""
    yield "```"
    for direction, said in conversation:
        yield f"{direction} {json.dumps(said, ensure_ascii=False)}".replace(f'"{CUT}": "{CUT}"', CUT)
    yield "```"
    yield ""
    yield "After a break, events resume with the one after `seq`. A client that keeps `epoch` and"
    yield "`seq` of the last frame that had them, including gaps, notices every loss. A state's"
    yield "newest message comes at once, and `seq` rises but may skip numbers. Commands are limited"
    yield "to 4096 bytes each, and to 20 a second."
    yield ""
    yield "| code of an error | what it means |"
    yield "|---|---|"
    yield from (f"| `{code}` | {text} |" for code, text in ERROR_CODES.items())


def _links(names: Sequence[str]) -> str:
    linked = [f"[{name}](#{name.lower()})" for name in names]
    return f"{', '.join(linked[:-1])} or {linked[-1]}"


def _body(body: Any) -> Iterator[str]:
    yield "```json"
    yield from json.dumps(body, indent=2, ensure_ascii=False).splitlines()
    yield "```"


def _link(response: Mapping[str, Any]) -> str:
    schema = next(iter(response.get("content", {}).values()), {}).get("schema", {})
    is_array = schema.get("type") == "array"
    name = (schema.get("items", {}) if is_array else schema).get("$ref", "").rpartition("/")[2]
    if not name:
        return ""
    return f" {'An array of' if is_array else 'Fields:'} [{name}](#{name.lower()})."


def _type(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"$ref": reference}:
            name = reference.rpartition("/")[2]
            return f"[{name}](#{name.lower()})"
        case {"type": "array", "items": items}:
            return f"array of {_type(items)}"
        case {"type": str() as name}:
            return name
        case {"anyOf": [value, {"type": "null"}]}:
            return f"{_type(value)} or null"
        case {"enum": _}:
            return "string"
        case {"anyOf": [*some, {"type": "null"}]}:
            return f"{', '.join(_type(each) for each in some)} or null"
        case {"anyOf": [*some, last]}:
            return f"{', '.join(_type(each) for each in some)} or {_type(last)}"
        case _:
            raise AssertionError(schema)


def _words(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"anyOf": [{"enum": known}, {"type": "string"}]}:
            return f" Known: {', '.join(f'`{word}`' for word in known)}."
        case {"enum": closed} if len(closed) > 1:
            return f" One of {', '.join(f'`{word}`' for word in closed)}."
        case {"anyOf": [value, {"type": "null"}]}:
            return _words(value)
        case _:
            return ""
