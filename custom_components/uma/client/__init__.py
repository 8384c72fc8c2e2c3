"""Client of UMA, the Unraid Management Agent: REST, and streams over a WebSocket.

It imports nothing from Home Assistant, so it can become a separate package.
"""

from .address import Address
from .connection import Connection, Gap, Message, Refused, Subscribed, Unsubscribed, parse_frame
from .errors import (
    CannotConnect,
    CertificateRejected,
    ControlIsOff,
    HostUnknown,
    InvalidToken,
    Lost,
    NotUma,
    TooOld,
    UmaError,
    Unavailable,
)
from .rest import ContainerResult, ServerIdentity, UmaClient

__all__ = [
    "Address",
    "CannotConnect",
    "CertificateRejected",
    "Connection",
    "ContainerResult",
    "ControlIsOff",
    "Gap",
    "HostUnknown",
    "InvalidToken",
    "Lost",
    "Message",
    "NotUma",
    "Refused",
    "ServerIdentity",
    "Subscribed",
    "TooOld",
    "UmaClient",
    "UmaError",
    "Unavailable",
    "Unsubscribed",
    "parse_frame",
]
