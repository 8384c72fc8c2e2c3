"""What REST answers beside the messages: the shapes of its bodies, which the published schemas are generated from."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from uma.model.health import SourceState


class Problem(msgspec.Struct):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str


class StreamAnswer(msgspec.Struct):
    """How one stream is; ``last_message_at`` is None before its first message."""

    connections: int
    limit: int
    messages: int
    dropped_clients: int
    last_message_at: str | None


class MultiplexAnswer(msgspec.Struct):
    """How the address of several streams is; ``subscriptions`` are its clients' by stream."""

    connections: int
    limit: int
    dropped_clients: int
    subscriptions: Mapping[str, int]


class SourceAnswer(msgspec.Struct):
    """What a source last said of itself, and since when."""

    status: SourceState
    detail: str
    since: str


class Health(msgspec.Struct):
    """State of the daemon, with its streams and sources by name.

    ``ignored_settings`` are those not in force, each a sentence with its file and line.
    """

    status: Literal["healthy", "degraded"]
    service: Literal["uma"]
    version: str
    started_at: str
    streams: Mapping[str, StreamAnswer]
    multiplex: MultiplexAnswer
    sources: Mapping[str, SourceAnswer]
    ignored_settings: Sequence[str]


class DriveSmart(msgspec.Struct):
    """A drive's SMART data by its slot's name; ``attributes`` by Unraid's watched numbers."""

    name: str
    health: Literal["passed", "failed", "unknown"]
    temperature: int | None
    power_on_hours: int | None
    attributes: Mapping[int, int]
    wear_percent: int | None
    spare_percent: int | None
    at: str


class BulkRequest(msgspec.Struct):
    """Which containers to start, stop or restart."""

    container_ids: tuple[str, ...]


class BulkResult(msgspec.Struct):
    """What came of one entry of ``container_ids``."""

    container_id: str
    success: bool
    message: str


class BulkSummary(msgspec.Struct):
    """How many entries there were, and what came of them."""

    total: int
    succeeded: int
    failed: int


class BulkAnswer(msgspec.Struct):
    """What came of a bulk operation, in the order of ``container_ids``."""

    results: list[BulkResult]
    summary: BulkSummary


class SystemHistory(msgspec.Struct):
    """The retained samples, oldest first: columns of equal length."""

    timestamp: list[int]
    cpu_percent: list[float]
    memory_percent: list[float]
    memory_used: list[int]
    load_average: list[float]
    read_bytes_per_sec: list[int]
    write_bytes_per_sec: list[int]
    bytes_sent_per_sec: list[int]
    bytes_recv_per_sec: list[int]
    cpu_temperature: list[float | None]
