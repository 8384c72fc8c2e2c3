"""Prometheus' text formats, from a table of families: samples of the newest messages
and of the daemon itself.

Facts: prometheus.io, "Exposition formats" and "Metric and label naming"; the
OpenMetrics 1.0 specification.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from uma.feeds.feed import Labels
from uma.model.health import SourceHealth
from uma.runtime.light_imports import light_imports
from uma.runtime.openssl import tls_stand_in
from uma.runtime.stand_ins import PROMETHEUS

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

PLAIN_TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One WebSocket address: its path, the ``type`` of its messages, and its counters.

    The address that carries several streams has no type of its own.
    """

    path: str
    message_type: str
    connections: int
    messages: int | None
    dropped_clients: int
    last_message_at: float | None


@dataclass(frozen=True, slots=True)
class Process:
    """Cost of the daemon; ``started_at`` is Unix time."""

    cpu_seconds: float
    resident_bytes: int
    open_files: int
    tasks: int
    started_at: float


@dataclass(frozen=True, slots=True)
class Daemon:
    """State of the daemon at one scrape; ``sources`` are by name.

    ``stale_streams`` counts the streams that are silent for over three intervals.
    """

    version: str
    endpoints: Sequence[Endpoint]
    sources: Mapping[str, SourceHealth]
    process: Process
    stale_streams: int


@dataclass(frozen=True, slots=True)
class Family:
    """Samples of one name. A counter's name ends in ``_total``; an unknown value has no
    sample.
    """

    name: str
    help: str
    kind: Literal["gauge", "counter"]
    samples: Sequence[tuple[Labels, float]]


def wants_openmetrics(accept: str) -> bool:
    """Return True if ``Accept`` prefers OpenMetrics 1.x to plain text,
    or both equally.
    """
    wanted = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for item in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in item.split(";"))
        options = dict(parameter.partition("=")[::2] for parameter in parameters)
        if kind in wanted and (kind == "text/plain" or options.get("version", "1.0.0").startswith("1.")):
            wanted[kind] = max(wanted[kind], _quality(options.get("q", "1")))
    return 0 < wanted["application/openmetrics-text"] >= wanted["text/plain"]


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def expose(families: Iterable[Family], *, openmetrics: bool = False) -> bytes:
    """Format *families* as OpenMetrics or as Prometheus' plain text.

    The first call imports the library. It costs 3 MB, which a server without a scraper
    saves.
    """
    # The library can also push to gateways, and imports ssl and urllib for that. UMA
    # never does.
    loaded: Any = sys.modules.get("urllib.request")
    if loaded is not None and not hasattr(loaded, "HTTPSHandler"):
        loaded.HTTPSHandler = loaded.HTTPHandler
    with tls_stand_in(), light_imports(PROMETHEUS):
        from prometheus_client import exposition  # noqa: PLC0415 - the docstring says why
        from prometheus_client.metrics_core import Metric  # noqa: PLC0415
        from prometheus_client.openmetrics import exposition as openmetrics_exposition  # noqa: PLC0415

    collected = _Collected([_metric_from(family, Metric) for family in families])
    if openmetrics:
        written: bytes = openmetrics_exposition.generate_latest(collected)  # type: ignore[no-untyped-call]
        return written
    return exposition.generate_latest(collected)


class _Collected:
    """Samples of one scrape, in place of the library's global registry."""

    def __init__(self, metrics: Sequence["Metric"]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator["Metric"]:
        return iter(self._metrics)


def _metric_from(family: Family, make: type["Metric"]) -> "Metric":
    # The library adds a counter's suffix itself: in OpenMetrics only samples have it.
    metric = make(family.name.removesuffix("_total"), family.help, family.kind)
    # Prometheus would refuse the scrape, or drop one of two samples with equal labels.
    samples = {tuple(sorted(labels.items())): (labels, value) for labels, value in family.samples}
    for labels, value in samples.values():
        metric.add_sample(family.name, dict(labels), value)
    return metric
