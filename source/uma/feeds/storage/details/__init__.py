"""Details of storage that ``storage/status`` has no room for, and its changes as
events.
"""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from uma.errors import BadRequest
from uma.feeds.feed import Context, Entity, Feed, Metric, Query, Resource, Source, Switch, event
from uma.feeds.storage.details.history import DAY, STEPS_SECONDS, StorageHistory
from uma.feeds.storage.details.model import ACTIONS, StorageDetails, StorageEvent

if TYPE_CHECKING:
    from uma.feeds.storage.details.source import StorageDetailsSource

STATUS: Final = "storage/status"
"""The feed whose messages these two compare and complete."""


def _source(context: Context) -> Source:
    from uma.feeds.storage.details.source import StorageDetailsSource  # noqa: PLC0415 - only while it is on

    return StorageDetailsSource(context)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.storage.details.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _entities(details: StorageDetails) -> Iterable[Entity]:
    from uma.feeds.storage.details.entities import entities_of  # noqa: PLC0415 - few servers have a broker

    return entities_of(details)


def _history(source: "StorageDetailsSource", query: Query) -> StorageHistory:
    name = query.get("range", DAY)
    if name not in STEPS_SECONDS:
        raise BadRequest(HTTPStatus.BAD_REQUEST, f"range is one of {', '.join(STEPS_SECONDS)}")
    return source.rings.answer(name)


FEEDS = (
    Feed(
        name="storage/details",
        title="Storage details",
        summary="Pools, awake time, rates and the mover: at once, on change, and every 30 s.",
        message=StorageDetails,
        source=_source,
        switch=Switch(
            "STORAGE_DETAILS",
            "Storage details",
            "Pools and their errors, time awake, rates, days until full, and the mover. No disk is woken.",
        ),
        needs=STATUS,
        metrics=_metrics,
        entities=_entities,
        layout=lambda details: tuple(pool.name for pool in details.pools),
        facts=lambda details: (tuple((pool.name, pool.state) for pool in details.pools), details.mover.running),
        resources=(
            Resource(
                "/api/v1/storage/history",
                "Temperatures and usage over a day or a week",
                _history,
                StorageHistory,
                query={"range": {"enum": [*STEPS_SECONDS], "default": DAY}},
            ),
        ),
        panel="panels/pools.js",
    ),
    Feed(
        name="storage/events",
        title="Storage events",
        summary="Changes in storage, as they happen: spin-ups, states, errors, parity, pools, the mover.",
        message=StorageEvent,
        source=_source,
        switch=Switch(
            "STORAGE_EVENTS", "Storage events", "One event for each change, such as a disk that spun up or failed."
        ),
        needs=STATUS,
        interval=None,
        entities=(
            event(
                "storage_event",
                "Storage event",
                "{{ {'event_type': value_json.data.action, 'subject': value_json.data.subject,"
                " 'detail': value_json.data.detail} | tojson }}",
                ACTIONS,
                "mdi:harddisk",
            ),
        ),
    ),
)
