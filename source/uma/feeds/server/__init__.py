"""The server as a whole: its findings, its identity, and the daemon's health."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from uma.errors import SourceUnavailable
from uma.feeds.feed import A_PROBLEM, Context, Entity, Feed, Metric, Query, Resource, Source, Switch, path, sensor, show
from uma.feeds.server.model import Finding, ServerHealth, ServerInfo, ServerSummary
from uma.feeds.server.settings import SITE

if TYPE_CHECKING:
    from uma.feeds.server.source import ServerSource

HEARTBEAT_SECONDS = 60.0


def _no_health(_context: Context) -> ServerHealth:
    raise SourceUnavailable("server/health is the state of a running daemon, which uma status shows")


def _source(context: Context) -> Source:
    from uma.feeds.server.source import ServerSource  # noqa: PLC0415 - only while it is on

    return ServerSource(context)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.server.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _findings(source: "ServerSource", _query: Query) -> object:
    return source.findings()


FEEDS = (
    Feed(
        name="server/summary",
        title="Server",
        summary="State and problems of the server: on change, and every 60 s (15 s while parity or a battery runs).",
        message=ServerSummary,
        source=_source,
        switch=Switch(
            "SERVER_SUMMARY",
            "Server summary",
            "One small message with the state of the whole server and its problems.",
        ),
        settings=(SITE,),
        interval=HEARTBEAT_SECONDS,
        metrics=_metrics,
        entities=(
            sensor("severity", "State", show(path("severity")), {}, "mdi:shield-check"),
            Entity(
                "binary_sensor",
                "findings",
                "Problem",
                "{{ 'ON' if value_json.data.severity in ['warning', 'critical'] else 'OFF' }}",
                A_PROBLEM,
            ),
            sensor(
                "worst_finding",
                "Worst finding",
                "{{ (value_json.data.findings | map(attribute='text') | first | default('none'))[:250] }}",
                {},
                "mdi:alert-circle-outline",
            ),
        ),
        facts=lambda summary: (summary.severity, summary.findings, summary.findings_more),
        resources=(Resource("/api/v1/server/findings", "All problems, worst first", _findings, list[Finding]),),
    ),
    Feed(
        name="server/info",
        title="Server identity",
        summary="Identity of this server: on change, and every 60 s.",
        message=ServerInfo,
        source=_source,
        public=("id", "name", "version", "auth"),
        switch=Switch(
            "SERVER_INFO", "Server identity", "The machine's model, board, processor, memory and Unraid version."
        ),
        interval=HEARTBEAT_SECONDS,
    ),
    Feed(
        name="server/health",
        title="Health",
        summary="State of the daemon and its sources: on change, and every 60 s.",
        message=ServerHealth,
        source=_source,
        switch=Switch("SERVER_HEALTH", "Health", "State of UMA and of each of its sources."),
        interval=HEARTBEAT_SECONDS,
        snapshot=_no_health,
    ),
)
