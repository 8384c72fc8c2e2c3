"""Plain gauges of a server, for alert rules."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from uma.feeds.feed import Gauge, Sample
from uma.feeds.server.model import DiskCounts, ServerSummary

SEVERITIES: Final = ("notice", "warning", "critical")


def _disks(value: Callable[[DiskCounts], float]) -> Callable[[ServerSummary], float | None]:
    return lambda summary: None if summary.disks is None else value(summary.disks)


def _findings(summary: ServerSummary) -> Iterator[Sample]:
    """Yield the number of findings by severity. Unlisted ones are at most as severe as
    the last listed one.
    """
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in summary.findings:
        counts[finding.severity] += 1
    if summary.findings_more:
        counts[summary.findings[-1].severity if summary.findings else summary.severity] += summary.findings_more
    for severity, count in counts.items():
        yield {"severity": severity}, count


def _info(summary: ServerSummary) -> Iterable[Sample]:
    labels = {
        "id": summary.id or "",
        "name": summary.name,
        "site": summary.site,
        "version": summary.version,
        "unraid_version": summary.unraid_version or "",
    }
    return [(labels, 1)]


METRICS = (
    Gauge("uma_server_info", "Always 1; the labels identify the server.", _info),
    Gauge("uma_findings", "Problems of the server, by severity.", _findings),
    Gauge("uma_disks", "Disks of the array, the pools and parity.", _disks(lambda disks: disks.total)),
    Gauge(
        "uma_disks_problem",
        "Disks that have failed or are missing.",
        _disks(lambda disks: disks.failed + disks.missing),
    ),
    Gauge("uma_disks_hot", "Disks above a temperature limit.", _disks(lambda disks: disks.hot)),
    Gauge("uma_disks_nearly_full", "Disks above a usage limit.", _disks(lambda disks: disks.nearly_full)),
    Gauge("uma_disks_asleep", "Disks that are spun down.", _disks(lambda disks: disks.asleep)),
    Gauge(
        "uma_disk_temperature_max_celsius",
        "Temperature of the hottest disk that is awake.",
        lambda summary: None if summary.hottest is None else summary.hottest.temperature,
    ),
    Gauge(
        "uma_disk_usage_max_ratio",
        "Usage of the fullest disk or pool.",
        lambda summary: None if summary.fullest is None else round(summary.fullest.usage_percent / 100, 4),
    ),
    Gauge("uma_unread_alerts", "Unread alerts of Unraid's own.", lambda summary: summary.unread_alerts),
    Gauge(
        "uma_ups_on_battery",
        "1 while a UPS runs on battery.",
        lambda summary: None if summary.ups_on_battery is None else float(summary.ups_on_battery),
    ),
)
