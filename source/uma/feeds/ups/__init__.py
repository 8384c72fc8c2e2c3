"""UPSes, as apcupsd and NUT report them.

``watch_apcupsd`` and ``watch_nut`` follow the two programs, through ``nis`` and
``upsd``; ``parse_apcupsd`` and ``parse_nut`` bring their answers into one form.
"""

from collections.abc import Iterable, Sequence

from uma.feeds.feed import Context, Entity, Feed, Metric, Source, Switch
from uma.feeds.ups.model import UpsStatus
from uma.host import Host


def _source(context: Context) -> Source:
    from uma.feeds.ups.source import UpsSource  # noqa: PLC0415 - only while it is on

    return UpsSource(context)


def _tcp_ports(host: Host) -> Iterable[int]:
    from uma.feeds.ups.installed import read_ports  # noqa: PLC0415 - only while it is on

    return read_ports(host)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.ups.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _entities(status: UpsStatus) -> Iterable[Entity] | None:
    from uma.feeds.ups.entities import entities_of  # noqa: PLC0415 - few servers have a broker

    return entities_of(status)


def _layout(status: UpsStatus) -> object:
    return tuple((ups.id, ups.name, ups.model) for ups in status.ups)


def _facts(status: UpsStatus) -> object:
    return status.service, tuple((ups.id, ups.status, ups.flags) for ups in status.ups)


FEEDS = (
    Feed(
        name="ups/status",
        title="UPS",
        summary="Every UPS: at once, every 30 s, and within 1 s of a loss of mains.",
        message=UpsStatus,
        source=_source,
        switch=Switch("UPS_STATUS", "UPS", "State of each UPS, from Unraid's own UPS service or from NUT."),
        metrics=_metrics,
        entities=_entities,
        layout=_layout,
        facts=_facts,
        panel="panels/ups.js",
        tcp_ports=_tcp_ports,
    ),
)
