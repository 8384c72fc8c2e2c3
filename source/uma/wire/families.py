"""Metric families of one scrape: each feed's, from its newest message and its source,
then the daemon's own.

Names follow Prometheus' rules: base units, ratios from 0 to 1, ``_total`` on counters
only.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from uma.feeds.feed import Counter, Feed, Gauge, Metric, Sample
from uma.model import Message
from uma.wire.prometheus import Daemon, Endpoint, Family

Tables = Mapping[str, Sequence[Metric]]
"""The metrics of each feed by its name."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One feed at a scrape: its newest message,
    and the samples that its source gave, by family.
    """

    message: Message | None = None
    of_source: Mapping[str, Sequence[Sample]] = field(default_factory=dict)


def tables_of(feeds: Iterable[Feed]) -> Tables:
    """Return the metrics of *feeds*. The first call imports them."""
    return {feed.name: feed.metrics() if callable(feed.metrics) else feed.metrics for feed in feeds}


def observe(metrics: Iterable[Metric], message: Message | None, source: object | None) -> Observed:
    """Collect the samples of *source*, on the event loop. Samples of *message* may be
    made in a thread.
    """
    return Observed(
        message,
        {
            metric.name: tuple(_samples(metric.values(source)))
            for metric in metrics
            if metric.of == "source" and source is not None
        },
    )


def families_of(tables: Tables, observed: Mapping[str, Observed], daemon: Daemon) -> Iterator[Family]:
    """Yield every family with its current samples. *observed* is by feed, without
    disabled feeds.
    """
    for name, metrics in tables.items():
        for metric in metrics:
            yield _family(metric, _samples_of(metric, observed.get(name, Observed())))
    for metric in DAEMON:
        yield _family(metric, _samples(metric.values(daemon)))


def _samples_of(metric: Metric, observed: Observed) -> Iterable[Sample]:
    if metric.of == "source":
        return observed.of_source.get(metric.name, ())
    return () if observed.message is None else _samples(metric.values(observed.message))


def _samples(values: float | Iterable[Sample] | None) -> Iterable[Sample]:
    if values is None:
        return ()
    return [({}, float(values))] if isinstance(values, int | float) else values


def _family(metric: Metric, samples: Iterable[Sample]) -> Family:
    known = [(labels, value) for labels, value in samples if value is not None]
    return Family(metric.name, metric.help, "counter" if isinstance(metric, Counter) else "gauge", known)


def _each_endpoint(
    value: Callable[[Endpoint], float | None], *, is_typed: bool = False
) -> Callable[[Daemon], Iterator[Sample]]:
    """Give a sample for each WebSocket address,
    with the type of its messages if *is_typed*.
    """

    def values(daemon: Daemon) -> Iterator[Sample]:
        for endpoint in daemon.endpoints:
            typed = {"message_type": endpoint.message_type} if is_typed else {}
            yield {"endpoint": endpoint.path, **typed}, value(endpoint)

    return values


def _each_source(status: str) -> Callable[[Daemon], Iterator[Sample]]:
    return lambda daemon: (
        ({"source": name}, float(source.status == status)) for name, source in sorted(daemon.sources.items())
    )


DAEMON: Sequence[Metric] = (
    # One series per server, for rules that watch many servers.
    Gauge(
        "uma_streams_stale",
        "Streams without a message for over three of their intervals.",
        lambda daemon: daemon.stale_streams,
    ),
    Gauge(
        "uma_sources_failed",
        "Sources that have failed.",
        lambda daemon: sum(source.status == "failed" for source in daemon.sources.values()),
    ),
    Gauge(
        "uma_websocket_connections",
        "WebSocket clients connected.",
        _each_endpoint(lambda e: e.connections),
        labels=("endpoint",),
    ),
    Counter(
        "uma_websocket_messages_total",
        "Messages published; each goes to every client.",
        _each_endpoint(lambda e: e.messages, is_typed=True),
        labels=("endpoint", "message_type"),
    ),
    Counter(
        "uma_websocket_dropped_clients_total",
        "Clients disconnected because they fell behind.",
        _each_endpoint(lambda e: e.dropped_clients),
        labels=("endpoint",),
    ),
    Gauge(
        "uma_websocket_last_message_timestamp_seconds",
        "When the last message was published, in Unix time.",
        _each_endpoint(lambda e: e.last_message_at),
        labels=("endpoint",),
    ),
    Gauge("uma_source_up", "1 if the source works.", _each_source("ok"), labels=("source",)),
    Gauge(
        "uma_source_failed",
        "1 if the source has failed.",
        _each_source("failed"),
        labels=("source",),
    ),
    Gauge(
        "uma_build_info",
        "Always 1; the label is the version.",
        lambda daemon: [({"version": daemon.version}, 1)],
        labels=("version",),
    ),
    Gauge(
        "uma_tasks",
        "Tasks running in the daemon; rises and falls with clients and requests.",
        lambda daemon: daemon.process.tasks,
    ),
    Counter("process_cpu_seconds_total", "CPU time the daemon has used.", lambda daemon: daemon.process.cpu_seconds),
    Gauge("process_resident_memory_bytes", "Memory the daemon holds.", lambda daemon: daemon.process.resident_bytes),
    Gauge("process_open_fds", "Files and sockets the daemon has open.", lambda daemon: daemon.process.open_files),
    Gauge(
        "process_start_time_seconds",
        "When the daemon started, in Unix time.",
        lambda daemon: daemon.process.started_at,
    ),
)
"""Families of the daemon itself, computed from a ``Daemon``."""
