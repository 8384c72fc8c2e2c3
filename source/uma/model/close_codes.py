"""Close codes that the daemon sends to WebSocket clients, and how clients
should react.
"""

from collections.abc import Mapping
from typing import Final

GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
NOT_UTF_8: Final = 1007
POLICY_VIOLATION: Final = 1008
MESSAGE_TOO_BIG: Final = 1009
RESTARTING: Final = 1012
LAGGING: Final = 1013

CLOSE_CODES: Final[Mapping[int, str]] = {
    GOING_AWAY: "The daemon is stopping, or the stream was switched off: reconnect, waiting longer each time.",
    PROTOCOL_ERROR: "The client sent frames that RFC 6455 forbids, such as unmasked ones: use a WebSocket library.",
    NOT_UTF_8: "The client sent a text frame that is not UTF-8: send commands as JSON in UTF-8.",
    POLICY_VIOLATION: (
        "The client sent more than 20 frames a second for 2 seconds, the token was changed, or the client's address"
        " has over a quarter of the places, all of which are taken: correct that first."
    ),
    MESSAGE_TOO_BIG: (
        "The client sent a message over 4096 bytes: commands on /api/v1/ws are shorter; other addresses need none."
    ),
    RESTARTING: "The daemon is restarting, or has moved to another address or port: reconnect after a few seconds.",
    LAGGING: "The client reads too slowly: reconnect, and read without pausing.",
}
