"""A message as the one text frame that WebSocket clients, REST and the webGUI's channel share."""

from datetime import UTC, datetime

import msgspec

from uma.feeds.docker.model import DockerEvent
from uma.feeds.system.model import SystemStats
from uma.model import Message

_encoder = msgspec.json.Encoder()


class _Envelope(msgspec.Struct):
    type: str
    timestamp: str
    data: Message


class _StatsEnvelope(msgspec.Struct):
    type: str
    timestamp: str
    # The guide's Python client reads these two here, its other clients inside data.
    cpu_percent: float
    memory_percent: float
    data: SystemStats


def encode(message: Message, now: float) -> bytes:
    """*message* as UTF-8 JSON: ``type``, ``timestamp``, ``data``. *now* is Unix time; an event has its own."""
    match message:
        case SystemStats():
            envelope: msgspec.Struct = _StatsEnvelope(
                message.kind, timestamp(now), message.cpu_percent, message.memory_percent, message
            )
        case DockerEvent():
            envelope = _Envelope(message.kind, timestamp(message.time_nano // 1_000_000_000), message)
        case _:
            envelope = _Envelope(message.kind, timestamp(now), message)
    return _encoder.encode(envelope)


def timestamp(unix_seconds: float) -> str:
    """Unix time as the wire has it: UTC, to the second, ``2025-06-15T23:00:00Z``."""
    return datetime.fromtimestamp(int(unix_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
