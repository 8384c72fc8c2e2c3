"""The server's network interfaces.

``netlink`` reports changes of links, ``links`` reads their state from sysfs, and
``source`` adds the counters of ``/proc/net/dev``.
"""

from collections.abc import Iterable, Sequence

from uma.feeds.feed import Context, Entity, Feed, Metric, Source, Switch
from uma.feeds.network.model import NetworkStatus


def _source(context: Context) -> Source:
    from uma.feeds.network.source import NetworkSource  # noqa: PLC0415 - only while it is on

    return NetworkSource(context)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.network.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _entities(status: NetworkStatus) -> Iterable[Entity] | None:
    from uma.feeds.network.entities import entities_of  # noqa: PLC0415 - few servers have a broker

    return entities_of(status)


def _layout(status: NetworkStatus) -> object:
    return tuple((interface.name, interface.kind, interface.description) for interface in status.interfaces)


def _facts(status: NetworkStatus) -> object:
    return tuple((each.name, each.state, each.speed_mbps, each.bond) for each in status.interfaces)


FEEDS = (
    Feed(
        name="network/status",
        title="Network",
        summary="Every network interface: at once, on a link change, and every 30 s; rates every 5 s.",
        message=NetworkStatus,
        source=_source,
        switch=Switch(
            "NETWORK_STATUS", "Network", "Ports, bonds, bridges, VLANs and tunnels: links, speeds and traffic."
        ),
        metrics=_metrics,
        entities=_entities,
        layout=_layout,
        facts=_facts,
        panel="panels/network.js",
    ),
)
