"""A message as the one text frame that WebSocket clients, REST and the webGUI's channel
share.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import msgspec

from uma.feeds.feed import Feed
from uma.model import Message
from uma.wire.names import wire_name

Encode = Callable[[Message, float], bytes]
"""Function from a message and the Unix time of its publication to a frame."""

_encoder = msgspec.json.Encoder()


def encoder_of(feeds: Iterable[Feed]) -> Encode:
    """Return the encoder for the messages of *feeds*: UTF-8 JSON with ``type``,
    ``timestamp``, ``data``.
    """
    encoders = {feed.message: _encoder_of(feed) for feed in feeds}
    return lambda message, now: encoders[type(message)](message, now)


def timestamp(unix_seconds: float) -> str:
    """Format Unix time as UTC, to the second: ``2025-06-15T23:00:00Z``."""
    return datetime.fromtimestamp(int(unix_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _encoder_of(feed: Feed) -> Callable[[Any, float], bytes]:
    kind, lifted, occurred_at = feed.kind, feed.lifted, feed.occurred_at
    # The guide's Python client reads the lifted fields here,
    # its other clients inside data.
    envelope = msgspec.defstruct("Envelope", ["type", "timestamp", *lifted, "data"])

    # msgspec uses a dataclass's field names unchanged.
    names = {field.name: wire_name(field.name) for field in fields(feed.message)}
    is_renamed = any(name != on_wire for name, on_wire in names.items())

    def encode(message: Any, now: float) -> bytes:  # noqa: ANN401 - a message of this feed's own type
        at = now if occurred_at is None else occurred_at(message)
        data = {names[name]: getattr(message, name) for name in names} if is_renamed else message
        return _encoder.encode(envelope(kind, timestamp(at), *(getattr(message, name) for name in lifted), data))

    return encode
