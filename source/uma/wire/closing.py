"""The close codes by which a WebSocket address parts from a client, and what the client should do then."""

from collections.abc import Mapping
from typing import Final

CLOSE_CODES: Final[Mapping[int, str]] = {
    1001: "The daemon stops, or the stream has been switched off: connect again, waiting longer each time.",
    1008: "The client sent more than 20 frames a second for 2 seconds, or the token has changed: don't just try again.",
    1009: "The client sent a message over 4096 bytes: it has no need to send any.",
    1012: "The daemon has moved to another address or port: connect to the new one.",
    1013: "The client reads too slowly: connect again, and read without pause.",
}
