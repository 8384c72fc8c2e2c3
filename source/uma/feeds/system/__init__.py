"""Figures of the machine itself. ``source`` samples, ``history`` keeps a week of
samples.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from uma.errors import BadRequest
from uma.feeds.feed import Context, Entity, Feed, Metric, Query, Resource, Seconds, Source, Switch
from uma.feeds.system.model import SystemHistory, SystemStats

if TYPE_CHECKING:
    from uma.feeds.system.observer import SystemObserver

INTERVAL = Seconds(
    "STATS_INTERVAL",
    "System interval (seconds)",
    "Time between two messages about the system. UMA keeps an hour of them for charts.",
    default=5,
)


def _source(context: Context) -> Source:
    from uma.feeds.system.observer import SystemObserver  # noqa: PLC0415 - only while it is on

    return SystemObserver(context, INTERVAL)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.system.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _entities() -> Sequence[Entity]:
    from uma.feeds.system.entities import ENTITIES  # noqa: PLC0415 - few servers have a broker

    return ENTITIES


def _snapshot(context: Context) -> SystemStats:
    from uma.feeds.system.source import sample_once  # noqa: PLC0415 - the command line's alone

    return sample_once(context.host)


def _history(source: "SystemObserver", query: Query) -> object:
    from uma.feeds.system.history import HOUR, RANGES  # noqa: PLC0415 - only while it is on

    name = query.get("range", HOUR)
    if name not in RANGES:
        raise BadRequest(HTTPStatus.BAD_REQUEST, f"range is one of {', '.join(RANGES)}")
    return source.history.columns(name)


FEEDS = (
    Feed(
        name="system/stats",
        title="System",
        summary="Samples of the machine: one at once, then one every 5 s.",
        message=SystemStats,
        source=_source,
        switch=Switch("SYSTEM_STATS", "System statistics", "CPU, memory, load, and traffic of disks and network."),
        interval=INTERVAL,
        metrics=_metrics,
        lazy_entities=_entities,
        snapshot=_snapshot,
        resources=(
            Resource(
                "/api/v1/system/stats/history",
                "The samples of the last hour; means of a day or a week",
                _history,
                SystemHistory,
                query={"range": {"enum": ["1h", "24h", "7d"], "default": "1h"}},
            ),
        ),
        channel="uma_stats",
        panel="panels/system.js",
        lifted=("cpu_percent", "memory_percent"),
        has_intervals=True,
    ),
)
