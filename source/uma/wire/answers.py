"""Bodies of REST answers other than messages; the published schemas are generated from
them.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import msgspec

from uma.feeds.feed.fields import COUNT, SERIAL, TIMESTAMP, Doc, Matching
from uma.model.health import FenceState, SourceState


class Problem(msgspec.Struct):
    """An error (RFC 9457)."""

    about: ClassVar[str] = "An error (RFC 9457)."

    type: Annotated[str, Doc("URI of the kind of problem; about:blank adds nothing to the status.")]
    title: Annotated[str, Doc("The status in words.")]
    status: Annotated[int, Doc("The HTTP status."), Matching(minimum=400, maximum=599)]
    detail: Annotated[str, Doc("Error, as one sentence.")]


class StreamAnswer(msgspec.Struct):
    """State of one stream; ``last_message_at`` is None before its first message."""

    about: ClassVar[str] = "State of one stream."

    connections: Annotated[int, Doc("Clients now."), COUNT]
    limit: Annotated[int, Doc("Clients at most."), SERIAL]
    messages: Annotated[int, Doc("Published since the daemon started."), COUNT]
    dropped_clients: Annotated[int, Doc("Clients closed because they read too slowly."), COUNT]
    last_message_at: Annotated[str | None, Doc("Null before the first message."), TIMESTAMP]


class MultiplexAnswer(msgspec.Struct):
    """State of the multiplex address; ``subscriptions`` are its clients' by stream."""

    about: ClassVar[str] = "State of the address for several streams."

    connections: Annotated[int, Doc("Clients now."), COUNT]
    limit: Annotated[int, Doc("Clients at most."), SERIAL]
    dropped_clients: Annotated[int, Doc("Clients closed because they read too slowly."), COUNT]
    subscriptions: Annotated[Mapping[str, int], Doc("Number of clients that follow each stream.")]


class SourceAnswer(msgspec.Struct):
    """Last report of a source, and its time."""

    about: ClassVar[str] = "Last report of a source."

    status: Annotated[SourceState, Doc("unavailable is a normal absence, as of Docker while the array is stopped.")]
    detail: Annotated[str, Doc("In words for a person.")]
    since: Annotated[str, Doc("When status last changed."), TIMESTAMP]


class FenceAnswer(msgspec.Struct):
    """One fence around the daemon."""

    about: ClassVar[str] = "One fence around the daemon, as the kernel has it."

    state: Annotated[
        FenceState, Doc("off by a setting; unsupported by this kernel; failed where the kernel refused it.")
    ]
    detail: Annotated[str, Doc("In words for a person.")]


class Health(msgspec.Struct):
    """State of the daemon, with its streams and sources by name.

    ``ignored_settings`` has a sentence, with file and line, for each setting that is
    not in force.
    """

    about: ClassVar[str] = "State of the daemon itself."

    status: Annotated[
        Literal["healthy", "degraded"],
        Doc("degraded when a source has failed or a message is older than three intervals."),
    ]
    service: Annotated[Literal["uma"], Doc("Always uma.")]
    version: Annotated[str, Doc("Version of the daemon.")]
    started_at: Annotated[str, Doc("When the daemon started."), TIMESTAMP]
    streams: Annotated[Mapping[str, StreamAnswer], Doc("By the end of their addresses, such as system/stats.")]
    multiplex: Annotated[MultiplexAnswer, Doc("The address /api/v1/ws for several streams.")]
    sources: Annotated[
        Mapping[str, SourceAnswer],
        Doc("By name: system, docker, storage, smart, udev, webgui, mqtt, as far as they are switched on."),
    ]
    ignored_settings: Annotated[Sequence[str], Doc("Settings not in force, each a sentence with its file and line.")]
    demo: Annotated[bool, Doc("Whether the array is a demo tree, as in `make run` off Unraid.")]
    fences: Annotated[
        Mapping[str, FenceAnswer],
        Doc("What the daemon itself can't do any more, by fence: calls, files, rights, user, docker."),
    ]


class FeedAnswer(msgspec.Struct):
    """One feed: its addresses and settings."""

    about: ClassVar[str] = "One feed: its addresses follow from its name."

    name: Annotated[str, Doc("The end of its addresses: ups/status is at /api/v1/ws/ups/status.")]
    title: Annotated[str, Doc("For a heading.")]
    kind: Annotated[str, Doc("The type of its messages.")]
    retained: Annotated[bool, Doc("Whether only the newest message matters; of events each does.")]
    interval_seconds: Annotated[
        float | None, Doc("Between two messages while nothing changes; null for events."), COUNT
    ]
    setting: Annotated[str, Doc("The key in uma.cfg that switches it.")]
    enabled: Annotated[bool, Doc("Whether it is switched on.")]
    panel: Annotated[str | None, Doc("The dashboard's module for it; null without one.")]
    schema: Annotated[str, Doc("Its message in openapi.json and asyncapi.json.")]
    channel: Annotated[str, Doc("Its channel in the webGUI's nginx.")]


class BulkRequest(msgspec.Struct):
    """Containers to operate on."""

    about: ClassVar[str] = "Containers to work on."

    container_ids: Annotated[
        tuple[str, ...],
        Doc("Names, or ids of 12 or 64 characters."),
        Matching(minItems=1, maxItems=100),
    ]


class BulkResult(msgspec.Struct):
    """Outcome for one entry of ``container_ids``."""

    about: ClassVar[str] = "Outcome for one container."

    container_id: Annotated[str, Doc("The requested name or id.")]
    success: Annotated[bool, Doc("True if the container is in the requested state.")]
    message: Annotated[str, Doc("Outcome, in words.")]


class BulkSummary(msgspec.Struct):
    """Number of entries and their outcomes."""

    about: ClassVar[str] = "Number of containers and their outcomes."

    total: Annotated[int, Doc("Entries of container_ids."), COUNT]
    succeeded: Annotated[int, Doc("Of these."), COUNT]
    failed: Annotated[int, Doc("Of these."), COUNT]


class BulkAnswer(msgspec.Struct):
    """Outcome of a bulk operation, in the order of ``container_ids``."""

    about: ClassVar[str] = "Outcome of a bulk operation."

    results: Annotated[list[BulkResult], Doc("One for each entry of container_ids, in their order.")]
    summary: Annotated[BulkSummary, Doc("How many there were.")]
