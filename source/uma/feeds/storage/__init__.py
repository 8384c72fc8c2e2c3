"""The array, its pools and devices, from emhttpd's files.

The path of a disk's temperature: ``feeds/files`` reads the file, ``emhttp`` and
``feeds/ini`` split it into sections, ``slots`` makes a typed record of a section, and
``array`` holds all records. ``torn_reads`` checks that the reading is whole, ``status``
builds the message, and ``source`` publishes it. Then ``wire/envelope`` encodes the
frame for ``streams/stream``.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from uma.feeds.feed import Choice, Context, Entity, Feed, Metric, Query, Resource, Seconds, Source, Switch
from uma.feeds.smart.model import DriveSmart
from uma.feeds.storage.details import FEEDS as DETAILS
from uma.feeds.storage.model import StorageStatus

if TYPE_CHECKING:
    from uma.feeds.storage.observer import StorageObserver

INTERVAL = Seconds(
    "STORAGE_INTERVAL",
    "Storage interval (seconds)",
    "Time between two messages about storage while nothing changes. Changes are sent within a second, and "
    "progress of a parity operation every 5 seconds. No disk is woken.",
    default=30,
    least=5,
)
SMART = Choice(
    "SMART",
    "SMART data",
    "Cached uses the SMART data that Unraid itself has read. Query also reads drives that are awake. Sleeping "
    "drives are never woken.",
    default="cached",
    choices={"cached": "Unraid's cached readings", "query": "Ask the drives", "off": "Off"},
)


def storage_source(context: Context) -> Source:
    """Build the source that all feeds of storage share."""
    from uma.feeds.storage.observer import StorageObserver  # noqa: PLC0415 - only while one of them is on

    return StorageObserver(context, INTERVAL, SMART)


def _companions(source: "StorageObserver") -> Iterable[Source]:
    return source.companions()


def _metrics() -> Sequence[Metric]:
    from uma.feeds.storage import disk_metrics, metrics  # noqa: PLC0415 - few servers are scraped

    return (*metrics.METRICS, *disk_metrics.METRICS)


def _entities(status: StorageStatus) -> Iterable[Entity] | None:
    from uma.feeds.storage.entities import entities_of, is_whole  # noqa: PLC0415 - few servers have a broker

    return entities_of(status) if is_whole(status) else None


def _layout(status: StorageStatus) -> object:
    from uma.feeds.storage.entities import layout  # noqa: PLC0415 - see _entities

    return layout(status)


def _facts(status: StorageStatus) -> object:
    from uma.feeds.storage.entities import facts  # noqa: PLC0415 - see _entities

    return facts(status)


def _snapshot(context: Context) -> StorageStatus:
    from uma.feeds.storage.observer import snapshot_once  # noqa: PLC0415 - the command line's alone

    return snapshot_once(context.host)


def _smart(source: "StorageObserver", _query: Query) -> object:
    return source.drives()


FEEDS = (
    Feed(
        name="storage/status",
        title="Storage",
        summary="State of the array, pools and devices: at once, every 30 s (5 s during a parity operation), and "
        "within 1 s of a change.",
        message=StorageStatus,
        source=storage_source,
        switch=Switch(
            "STORAGE_STATUS",
            "Storage status",
            "The array, its disks, pools and parity operation. Storage details and events need it.",
        ),
        settings=(SMART,),
        interval=INTERVAL,
        metrics=_metrics,
        entities=_entities,
        layout=_layout,
        facts=_facts,
        snapshot=_snapshot,
        resources=(
            Resource("/api/v1/storage/smart", "Each drive's SMART data, as last read", _smart, list[DriveSmart]),
        ),
        companions=_companions,
        channel="uma_storage",
        panel="panels/storage.js",
    ),
    *DETAILS,
)
