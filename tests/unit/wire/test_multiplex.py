"""Commands of the multiplex address, valid and invalid, and their answers."""

import json
import string
import sys

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tests.schemas import frame_violations
from tests.support.feeds import FEEDS
from uma.errors import BadCommand
from uma.wire.multiplex import (
    ERROR_CODES,
    LARGEST_SEQ,
    LONGEST_DETAIL,
    CommandError,
    Gap,
    Pong,
    Position,
    Subscribed,
    Unsubscribed,
    numbered,
    parse_command,
)
from uma.wire.schema import COMMANDS, multiplex_schemas

# From Python 3.12 on C code may recurse deeper than a command is long.
DEEP = "recursion" if sys.version_info < (3, 12) else "truncated"
STREAMS = ("system/stats", "docker/events", "storage/status")


def optional(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({}, optional=fields)


IDS = st.none() | st.text(string.printable, max_size=64) | st.integers(0, LARGEST_SEQ)
GOOD = st.one_of(
    st.builds(
        dict.__or__,
        st.fixed_dictionaries({"action": st.just("subscribe"), "stream": st.sampled_from(STREAMS)}),
        optional(
            id=IDS,
            interval=st.none() | st.integers(1, 3600),
            epoch=st.none() | st.text(string.hexdigits, max_size=64),
            seq=st.none() | st.integers(0, LARGEST_SEQ),
        ),
    ),
    st.builds(
        dict.__or__,
        st.fixed_dictionaries({"action": st.just("unsubscribe"), "stream": st.sampled_from(STREAMS)}),
        optional(id=IDS),
    ),
    st.builds(dict.__or__, st.just({"action": "ping"}), optional(id=IDS)),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner), max_leaves=8)
NEAR = st.dictionaries(
    st.sampled_from(["action", "stream", "interval", "epoch", "seq", "id", "colour"]),
    JSON | st.sampled_from(["subscribe", "unsubscribe", "ping", *STREAMS]),
)
"""Texts that look like commands."""


def is_command_by_schema(value: object) -> bool:
    """Return True if the published schemas accept *value* as a command."""
    document = {"components": {"schemas": multiplex_schemas(FEEDS)}}
    return any(
        Draft7Validator({**document, "allOf": [{"$ref": f"#/components/schemas/{name}"}]}).is_valid(value)
        for name in COMMANDS
    )


def refusal(text: str) -> BadCommand:
    with pytest.raises(BadCommand) as raised:
        parse_command(text)
    return raised.value


@given(GOOD)
def test_every_command_of_the_schema_is_taken(value: dict[str, object]) -> None:
    """A valid command is parsed with all its keys."""
    assert is_command_by_schema(value)
    command = parse_command(json.dumps(value))
    parsed = {"action": command.__struct_config__.tag, **msgspec.structs.asdict(command)}

    assert {key: given for key, given in parsed.items() if given is not None} == {
        key: given for key, given in value.items() if given is not None
    }


@given(st.text() | JSON.map(json.dumps) | NEAR.map(json.dumps))
@example("[" * 4096)
@example('{"a":' * 800)
@example('{"action":"ping","id":' + "1" * 4000 + "}")
@example('{"action":"ping","id":"\\ud800"}')
@example('{"action":"subscribe","stream":"\\ud800"}')
@example('{"action":"subscribe","stream":"system/stats","interval":1e0}')
@example("\ud800")
def test_whatever_comes_is_a_command_or_refused(text: str) -> None:
    """Any text raises nothing but BadCommand, whose answer can be encoded, is short, and has a known code."""
    try:
        answer: CommandError | Pong = Pong(parse_command(text).id)
    except BadCommand as bad:
        answer = CommandError(bad.name, bad.code, str(bad))
    written = json.loads(answer.encode())

    assert written["id"] == answer.id
    assert written["type"] == "pong" or written["code"] in ERROR_CODES
    assert written["type"] == "pong" or 0 < len(written["detail"]) <= LONGEST_DETAIL


@given(NEAR)
@example({"action": "ping", "id": 1.0})
@example({"action": "subscribe", "stream": "system/stats", "interval": 5.0, "epoch": "a1", "seq": 1e300})
def test_the_schemas_take_no_other_commands_than_the_daemon(value: dict[str, object]) -> None:
    """The schemas enforce a command's form; only the daemon knows the streams' names."""
    text = json.dumps(value)
    if "NaN" in text or "Infinity" in text:
        return
    try:
        command = parse_command(text)
    except BadCommand:
        assert not is_command_by_schema(value)
    else:
        is_known = getattr(command, "stream", STREAMS[0]) in STREAMS
        assert is_command_by_schema(value) == is_known


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "not_json", "truncated"),
        ("hello", "not_json", "malformed"),
        ('{"action":"ping"', "not_json", "truncated"),
        ('{"action":"ping"}}', "not_json", "trailing"),
        ("[" * 4096, "not_json", DEEP),
        ("[]", "bad_command", "Expected `object`, got `array`"),
        ("null", "bad_command", "Expected `object`, got `null`"),
        ("{}", "bad_command", "missing required field `action`"),
        ('{"action":"dance"}', "bad_command", "'dance' - at `$.action`"),
        ('{"action":1}', "bad_command", "Expected `str`, got `int` - at `$.action`"),
        ('{"action":"subscribe"}', "bad_command", "missing required field `stream`"),
        ('{"action":"subscribe","stream":1}', "bad_command", "at `$.stream`"),
        ('{"action":"subscribe","stream":"x","interval":0}', "bad_command", "Expected `int` >= 1 - at `$.interval`"),
        ('{"action":"subscribe","stream":"x","interval":3601}', "bad_command", "<= 3600 - at `$.interval`"),
        ('{"action":"subscribe","stream":"x","interval":-5}', "bad_command", ">= 1 - at `$.interval`"),
        ('{"action":"subscribe","stream":"x","interval":2.5}', "bad_command", "got `float` - at `$.interval`"),
        ('{"action":"subscribe","stream":"x","interval":"5"}', "bad_command", "got `str` - at `$.interval`"),
        ('{"action":"subscribe","stream":"x","seq":-1}', "bad_command", "at `$.seq`"),
        ('{"action":"subscribe","stream":"x","seq":9007199254740992}', "bad_command", "at `$.seq`"),
        ('{"action":"subscribe","stream":"x","epoch":7}', "bad_command", "at `$.epoch`"),
        ('{"action":"subscribe","stream":"x","intervall":5}', "bad_command", "unknown field `intervall`"),
        ('{"action":"ping","stream":"x"}', "bad_command", "unknown field `stream`"),
        ('{"action":"ping","id":true}', "bad_command", "got `bool` - at `$.id`"),
        ('{"action":"ping","id":"' + "x" * 65 + '"}', "bad_command", "length <= 64"),
    ],
)
def test_errors_are_named(text: str, code: str, words: str) -> None:
    """Each mistake has its code, and a sentence that names the place."""
    bad = refusal(text)

    assert bad.code == code
    assert words in str(bad)


@pytest.mark.parametrize(("name", "found"), [("7", 7), ('"a"', "a"), ("null", None), ("[7]", None), ("true", None)])
def test_an_error_has_the_id_of_its_command(name: str, found: object) -> None:
    """An error has the command's id, if that is valid."""
    assert refusal(f'{{"id":{name},"action":"dance"}}').name == found


def test_a_whole_float_is_an_integer() -> None:
    """5.0 is 5, as in the schemas: Lua, for one, writes a float so."""
    command = parse_command('{"action":"subscribe","stream":"x","interval":5.0,"epoch":"a1","seq":7e0,"id":1.0}')

    assert (command.interval, command.seq, repr(command.id)) == (5, 7, "1")


def test_errors_repeat_part_of_the_input() -> None:
    """A long mistake gets a short answer."""
    assert len(str(refusal('{"action":"' + "x" * 4000 + '"}'))) == LONGEST_DETAIL


@pytest.mark.parametrize(
    "frame",
    [
        Subscribed(None, "docker/events", "a1", 7, None).encode(),
        Subscribed("mine", "system/stats", "a1", 0, 5).encode(),
        Unsubscribed(3, "docker/events", "as asked").encode(),
        Pong("x").encode(),
        CommandError(None, "not_json", "it is no JSON").encode(),
        Gap("docker/events", "b2", 7, Position("a1", 3), None).encode(),
        Gap("docker/events", "a1", 7, Position("a1", 3), 4).encode(),
    ],
)
def test_answers_are_as_their_schemas_say(frame: bytes) -> None:
    """Each answer is one object whose type identifies it, as published."""
    answer = json.loads(frame)

    assert frame_violations(answer) == []
    assert frame_violations({**answer, "colour": "blue"}) != []


def test_a_message_is_put_into_its_envelope_as_it_is() -> None:
    """The envelope holds exactly the bytes of the frame."""
    frame = '{"type":"stats","name":"Ümläut %d"}'.encode()
    message = numbered("docker/events", "a1", 7, frame)

    assert frame in message
    assert json.loads(message) == {
        "type": "message",
        "stream": "docker/events",
        "epoch": "a1",
        "seq": 7,
        "message": json.loads(frame),
    }
