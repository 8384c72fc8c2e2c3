"""Protocol of the multiplex address: clients send commands and get answers, and
messages in envelopes.

A message's frame goes into the envelope unchanged, so each message is encoded once for
all clients.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

import msgspec

from uma.errors import BadCommand
from uma.feeds.feed.fields import COUNT, SERIAL, Doc, Matching, Rule, Words

LONGEST_INTERVAL: Final = 3600
LONGEST_ID: Final = 64
LARGEST_SEQ: Final = 2**53 - 1
"""Largest number that is exact in every client."""

LONGEST_DETAIL: Final = 200
"""Characters of an error, which may quote part of the client's command."""

ERROR_CODES: Final[Mapping[str, str]] = {
    "not_text": "A command came as a binary frame: send text.",
    "not_json": "A command is not valid JSON.",
    "bad_command": "Not an object, an unknown action or key, a missing key, or a value of another type or range.",
    "unknown_stream": "Unknown stream.",
    "stream_off": "The stream is switched off by a setting.",
    "no_interval": "This stream has no choice of interval; only system/stats has.",
    "bad_position": "epoch came without seq, seq without epoch, or seq is ahead of the newest.",
    "already_subscribed": "The stream is followed already: unsubscribe first.",
    "not_subscribed": "The stream is not followed.",
    "too_soon": "The stream was resumed less than 5 s ago; try again later.",
}
"""Codes of refused commands and their meanings."""

Id = Annotated[str, msgspec.Meta(max_length=LONGEST_ID)] | Annotated[int, msgspec.Meta(ge=0, le=LARGEST_SEQ)]
Epoch = Annotated[str, msgspec.Meta(max_length=LONGEST_ID)]
Interval = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_INTERVAL)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_SEQ)]

STREAM_NAME: Final = Rule()
"""The name of a feed; ``wire.schema`` lists the existing ones."""

_encoder = msgspec.json.Encoder()


class Subscribe(msgspec.Struct, forbid_unknown_fields=True, tag_field="action", tag="subscribe"):
    """Command to follow a stream. ``epoch`` and ``seq`` are those of the last message
    received.
    """

    about: ClassVar[str] = "A command: follow a stream."

    stream: Annotated[str, Doc("Name of the stream."), STREAM_NAME]
    interval: Annotated[
        Interval | None,
        Doc(
            "Seconds between two messages, over which rates are measured, for system/stats only; else the stream's own."
        ),
    ] = None
    epoch: Annotated[
        Epoch | None, Doc("To resume after a break: the epoch of the last message received, together with seq.")
    ] = None
    seq: Annotated[Seq | None, Doc("The number of that message.")] = None
    figures: Annotated[
        bool | None,
        Doc("False samples no figures on demand for this subscription; it gets those sampled for others."),
    ] = None
    id: Annotated[Id | None, Doc("Comes back in the answer.")] = None


class Unsubscribe(msgspec.Struct, forbid_unknown_fields=True, tag_field="action", tag="unsubscribe"):
    """Command to stop following a stream."""

    about: ClassVar[str] = "A command: stop following a stream."

    stream: Annotated[str, Doc("Name of the stream."), STREAM_NAME]
    id: Annotated[Id | None, Doc("Comes back in the answer.")] = None


class Ping(msgspec.Struct, forbid_unknown_fields=True, tag_field="action", tag="ping"):
    """Command that asks for an answer."""

    about: ClassVar[str] = "A command: send an answer."

    id: Annotated[Id | None, Doc("Comes back in the answer.")] = None


Command = Subscribe | Unsubscribe | Ping


class Answer(msgspec.Struct, tag_field="type"):
    """Base of all answers: the ``id`` of the command."""

    id: Annotated[Id | None, Doc("The command's own id, a string or a number. Null if it had none.")]

    def encode(self) -> bytes:
        """Encode the answer as a frame."""
        return _encoder.encode(self)


class Subscribed(Answer, tag="subscribed"):
    """The stream is followed; messages start after ``epoch`` and ``seq``."""

    about: ClassVar[str] = "The stream is followed."

    stream: Annotated[str, Doc("Name of the stream."), STREAM_NAME]
    epoch: Annotated[
        str,
        Doc("With seq: the command's position, else the stream's newest. Messages after it follow."),
        Matching(maxLength=64),
    ]
    seq: Annotated[int, Doc("See epoch."), COUNT]
    interval: Annotated[int | None, Doc("As requested; null for the stream's own."), SERIAL]


class Unsubscribed(Answer, tag="unsubscribed"):
    """The stream is no longer followed; ``detail`` gives the reason."""

    about: ClassVar[str] = "The stream is no longer followed."

    stream: Annotated[str, Doc("Name of the stream."), STREAM_NAME]
    detail: Annotated[str, Doc("Reason: as asked, or the stream has been switched off.")]


class Pong(Answer, tag="pong"):
    """The answer to a ping."""

    about: ClassVar[str] = "The answer to a ping."


class CommandError(Answer, tag="error"):
    """The command failed; everything else continues. ``code`` is for programs,
    ``detail`` for people.
    """

    about: ClassVar[str] = "A command failed; all else continues."

    code: Annotated[str, Doc("Error code, for programs."), Words(*ERROR_CODES)]
    detail: Annotated[str, Doc("Error, as one sentence.")]


class Position(msgspec.Struct, frozen=True):
    """A message of a stream: the daemon's life and the message's number in it."""

    about: ClassVar[str] = "A message of a stream."

    epoch: Annotated[str, Doc("Identity of the daemon's run; it changes with each start."), Matching(maxLength=64)]
    seq: Annotated[int, Doc("The message's number in its stream."), COUNT]


class Gap(msgspec.Struct, tag_field="type", tag="gap"):
    """Messages are missing between ``after`` and ``seq``: ``missing`` of them, None if
    the number is not known.
    """

    about: ClassVar[str] = "Events of a stream are lost: the events after `after`, up to `epoch` and `seq`."

    stream: Annotated[str, Doc("Name of the stream."), STREAM_NAME]
    epoch: Annotated[str, Doc("With seq: the message before the next one that comes."), Matching(maxLength=64)]
    seq: Annotated[int, Doc("See epoch."), COUNT]
    after: Annotated[Position, Doc("The last message before the gap, as the client gave it.")]
    missing: Annotated[int | None, Doc("Number of events lost; null if the daemon was restarted in between."), COUNT]

    def encode(self) -> bytes:
        """Encode the gap as a frame."""
        return _encoder.encode(self)


class NumberedMessage(msgspec.Struct, tag_field="type", tag="message"):
    """A message of a stream, exactly as on the stream's own address, with its
    number.
    """

    about: ClassVar[str] = "A message of a stream under its number."

    stream: Annotated[str, Doc("Name of the stream."), STREAM_NAME]
    epoch: Annotated[str, Doc("Identity of the daemon's run; it changes with each start."), Matching(maxLength=64)]
    seq: Annotated[
        int,
        Doc("Rises by one with each event; for a state it may skip numbers, as older messages are replaced."),
        COUNT,
    ]
    message: Annotated[dict[str, Any], Doc("As the stream's own address sends it.")]


def numbered(stream: str, epoch: str, seq: int, frame: bytes) -> bytes:
    """Wrap the *frame* of a message in the envelope of a ``NumberedMessage``."""
    return b'{"type":"message","stream":"%b","epoch":"%b","seq":%d,"message":%b}' % (
        stream.encode(),
        epoch.encode(),
        seq,
        frame,
    )


def parse_command(text: str) -> Command:
    """Parse a client's command. Raises BadCommand for any invalid input."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadCommand("not_json", f"a command is a JSON object: {error}"[:LONGEST_DETAIL]) from error
    if isinstance(value, dict):
        # JSON has one kind of number: 5.0 is an integer by the schema, too, and some
        # languages write no other.
        value = {key: int(field) if _is_whole(field) else field for key, field in value.items()}
    try:
        command: Command = msgspec.convert(value, Command)
    except msgspec.ValidationError as error:
        raise BadCommand("bad_command", str(error)[:LONGEST_DETAIL], _id_of(value)) from error
    return command


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _id_of(value: object) -> Id | None:
    """Return the id of an invalid command, if the id itself is valid."""
    try:
        name: Id | None = msgspec.convert(value.get("id"), Id | None) if isinstance(value, dict) else None
    except msgspec.ValidationError:
        return None
    return name
