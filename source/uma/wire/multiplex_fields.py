"""What each field of the multiplex address means, as ``fields`` tells of all others."""

from collections.abc import Mapping
from typing import Final

from uma.wire.fields import COUNT, FREE, SERIAL, Rule, words
from uma.wire.multiplex import ERROR_CODES

STREAM: Final[Rule] = {"enum": ["system/stats", "docker/events", "storage/status"]}

ID: Final[tuple[str, Rule]] = (
    "What the command had: a string or a number of the client's own. Null where it had none.",
    FREE,
)
EPOCH: Final[tuple[str, Rule]] = ("The daemon's life; another after each start.", {"maxLength": 64})
SEQ: Final[tuple[str, Rule]] = ("The message's number in its stream.", COUNT)

MULTIPLEX_FIELDS: Final[Mapping[str, Mapping[str, tuple[str, Rule]]]] = {
    "Subscribe": {
        "action": ("Always subscribe.", FREE),
        "stream": ("Which stream.", STREAM),
        "interval": (
            "Seconds between two messages, over which rates are measured; of system/stats alone. Its own without.",
            FREE,
        ),
        "epoch": ("To go on where a connection broke: that of the last message that came, together with seq.", FREE),
        "seq": ("The number of that message.", FREE),
        "id": ("Comes back in the answer.", FREE),
    },
    "Unsubscribe": {
        "action": ("Always unsubscribe.", FREE),
        "stream": ("Which stream.", STREAM),
        "id": ("Comes back in the answer.", FREE),
    },
    "Ping": {"action": ("Always ping.", FREE), "id": ("Comes back in the answer.", FREE)},
    "Subscribed": {
        "type": ("Always subscribed.", FREE),
        "id": ID,
        "stream": ("Which stream.", STREAM),
        "epoch": ("With seq: what the command had, else where the stream is now. Messages after it come.", EPOCH[1]),
        "seq": ("See epoch.", COUNT),
        "interval": ("As asked for; null for the stream's own.", SERIAL),
    },
    "Unsubscribed": {
        "type": ("Always unsubscribed.", FREE),
        "id": ID,
        "stream": ("Which stream.", STREAM),
        "detail": ("Why, for a person: as asked, or the stream has been switched off.", FREE),
    },
    "Pong": {"type": ("Always pong.", FREE), "id": ID},
    "CommandError": {
        "type": ("Always error.", FREE),
        "id": ID,
        "code": ("What is wrong, for a program.", words(*ERROR_CODES)),
        "detail": ("What is wrong, in one sentence for a person.", FREE),
    },
    "Gap": {
        "type": ("Always gap.", FREE),
        "stream": ("Which stream.", STREAM),
        "epoch": ("With seq: the message before the next one that comes.", EPOCH[1]),
        "seq": ("See epoch.", COUNT),
        "after": ("The last message before the gap, as the client said.", FREE),
        "missing": ("How many events are lost; null where the daemon was started anew in between.", COUNT),
    },
    "Position": {"epoch": EPOCH, "seq": SEQ},
    "NumberedMessage": {
        "type": ("Always message.", FREE),
        "stream": ("Which stream.", STREAM),
        "epoch": EPOCH,
        "seq": ("Rises by one with each event; of a state it rises, and what came between has been replaced.", COUNT),
        "message": ("As the stream's own address carries it.", FREE),
    },
}

MULTIPLEX_ABOUT: Final[Mapping[str, str]] = {
    "Subscribe": "A command: follow a stream.",
    "Unsubscribe": "A command: follow a stream no longer.",
    "Ping": "A command: answer me.",
    "Subscribed": "The stream is followed.",
    "Unsubscribed": "The stream is not followed any more.",
    "Pong": "The answer to a ping.",
    "CommandError": "A command was not done; all else goes on.",
    "Gap": "Events of a stream are lost: those behind after, up to epoch and seq.",
    "Position": "A message of a stream.",
    "NumberedMessage": "A message of a stream under its number.",
}
