"""JSON Schemas of everything on the wire, by name: msgspec's, with the notes beside the
fields.

They are valid as draft 7, on which AsyncAPI builds, and as 2020-12, on which OpenAPI
builds: no keyword of only one of them is used.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

import msgspec

from uma.feeds.feed import TIMESTAMP, Doc, Feed
from uma.feeds.feed.fields import Notes, notes_of
from uma.wire import multiplex
from uma.wire.answers import BulkAnswer, BulkRequest, FeedAnswer, Health, Problem
from uma.wire.names import REFERENCE, message_name, pascal_case, wire_name

Schema = dict[str, Any]

COMMANDS: Final = ("Subscribe", "Unsubscribe", "Ping")
ANSWERS: Final = ("Subscribed", "Unsubscribed", "Pong", "CommandError", "Gap", "NumberedMessage")

ON_DEMAND: Final = " Null without demand."


def message_schemas(feeds: Sequence[Feed]) -> dict[str, Schema]:
    """Build the schemas of the messages of *feeds* and of their parts."""
    return _components(*(_envelope(feed) for feed in feeds))


def answer_schemas(feeds: Sequence[Feed]) -> dict[str, Schema]:
    """Build the schemas of REST's bodies: the messages and the other answers."""
    results = (resource.result for feed in feeds for resource in feed.resources)
    return message_schemas(feeds) | _components(Problem, Health, FeedAnswer, BulkRequest, BulkAnswer, *results)


def multiplex_schemas(feeds: Sequence[Feed]) -> dict[str, Schema]:
    """Build the schemas of the multiplex protocol, both ways,
    without the messages in it.
    """
    schemas = _components(*(getattr(multiplex, name) for name in (*COMMANDS, *ANSWERS)))
    for schema in schemas.values():
        stream = schema["properties"].get("stream")
        if stream is not None:
            stream["enum"] = [feed.name for feed in feeds]
    message = schemas["NumberedMessage"]["properties"]["message"]
    schemas["NumberedMessage"]["properties"]["message"] = {
        "description": message["description"],
        "anyOf": [reference(message_name(feed)) for feed in feeds],
    }
    return schemas


def reference(name: str) -> Schema:
    """Refer to the schema *name* of a document."""
    return {"$ref": REFERENCE.format(name=name)}


def result_schema(result: object) -> Schema:
    """Build the schema of a resource's *result*, which refers to its components."""
    (schema,), _ = msgspec.json.schema_components([result], ref_template=REFERENCE)
    return schema


def _envelope(feed: Feed) -> type:
    notes = get_type_hints(feed.message, include_extras=True)
    when = "When it happened: UTC, to the second." if feed.occurred_at else "UTC, to the second."
    lifted = [(name, Annotated[get_args(notes[name])[0], Doc("The same as in data."), *_rules(feed, name)])
              for name in feed.lifted]  # fmt: skip
    return msgspec.defstruct(
        message_name(feed),
        [
            ("type", Annotated[Literal[feed.kind], Doc(f"Always {feed.kind}.")]),
            ("timestamp", Annotated[str, Doc(when), TIMESTAMP]),
            *lifted,
            ("data", Annotated[feed.message, Doc("The message itself.")]),
        ],
        namespace={"about": f"Message of /api/v1/ws/{feed.name}. {feed.summary}"},
    )


def _rules(feed: Feed, name: str) -> tuple[object, ...]:
    return (notes_of(feed.message)[name].rule,)


def _components(*types: object) -> dict[str, Schema]:
    _, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    described = {type_.__name__: type_ for type_ in _types_in(types)}
    schemas = {name: _described(described[name], components[name]) for name in sorted(components)}
    _title_ambiguous(schemas)
    return schemas


def _title_ambiguous(schemas: Mapping[str, Schema]) -> None:
    """Title the words of a field whose type generators would name like another schema.

    They join both names: the words in ``status`` of ``Ups`` become ``UpsStatus``.
    """
    for name, schema in schemas.items():
        for field, value in schema["properties"].items():
            if "enum" in value and name + pascal_case(field) in schemas:
                value["title"] = f"{field}_word"


def _types_in(hints: Iterable[object]) -> Iterator[type]:
    """Collect every dataclass and Struct among *hints* and inside them."""
    pending, seen = list(hints), set()
    while pending:
        hint = pending.pop()
        is_object = isinstance(hint, type) and (dataclasses.is_dataclass(hint) or issubclass(hint, msgspec.Struct))
        if is_object and hint not in seen:
            assert isinstance(hint, type)
            seen.add(hint)
            yield hint
            pending += get_type_hints(hint, include_extras=True).values()
        pending += get_args(hint)


def _described(type_: type, generated: Schema) -> Schema:
    notes = notes_of(type_)
    properties = {
        wire_name(name): _property(notes.get(name), schema) for name, schema in generated["properties"].items()
    }
    # Commands allow no other fields. Messages may get new fields, which clients should
    # accept.
    closed = {"additionalProperties": False} if "additionalProperties" in generated else {}
    about: str = type_.about  # type: ignore[attr-defined]  # every type on the wire has one
    return {
        "type": "object",
        **closed,
        "description": about,
        "properties": properties,
        "required": [wire_name(name) for name in generated["required"]],
    }


def _property(notes: Notes | None, generated: Schema) -> Schema:
    schema = _portable(
        {key: value for key, value in generated.items() if key != "default"} if notes is None else generated
    )
    if notes is None:
        # The tag that distinguishes the types.
        return {"description": f"Always {schema['enum'][0]}.", **schema}
    text = notes.doc + (ON_DEMAND if notes.is_on_demand else "")
    return {"description": text, **_held_to(notes.rule.schema, schema)}


def _held_to(rule: Mapping[str, Any], schema: Schema) -> Schema:
    """Apply *rule* to the parts of *schema* that allow other values than null."""
    match schema:
        case {"anyOf": [value, {"type": "null"} as null]}:
            return {"anyOf": [_held_to(rule, value), null]}
        case _:
            return {**schema, **rule}


def _portable(schema: Schema) -> Schema:
    """Drop prefixItems from *schema*: draft 7 lacks it, and these tuples have items of
    one type.
    """
    if "prefixItems" not in schema:
        return schema
    return {**{key: value for key, value in schema.items() if key != "prefixItems"}, "items": schema["prefixItems"][0]}
