"""Details of the machine that ``stats`` has no room for."""

from collections.abc import Sequence

from uma.feeds.feed import A_TIME, IN_WATTS, Context, Feed, Metric, Source, Switch, path, sensor, show
from uma.feeds.system.details.model import SystemDetails


def _source(context: Context) -> Source:
    from uma.feeds.system.details.source import SystemDetailsSource  # noqa: PLC0415 - only while it is on

    return SystemDetailsSource(context)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.system.details.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


FEEDS = (
    Feed(
        name="system/details",
        title="System details",
        summary="Swap, log, ZFS's cache, power and frequency: with each sample on demand, else every 30 s.",
        message=SystemDetails,
        source=_source,
        switch=Switch(
            "SYSTEM_DETAILS",
            "System details",
            "Swap, log usage, ZFS's cache, and the CPU's power and frequency.",
        ),
        metrics=_metrics,
        entities=(
            sensor("cpu_power", "CPU power", show(path("cpu_power_watts")), IN_WATTS),
            sensor("booted_at", "Booted", show(path("booted_at")), A_TIME),
        ),
    ),
)
