"""Docker's container events. ``source`` follows them, ``states`` knows every container."""

from collections.abc import Sequence

from uma.feeds.docker.model import DockerEvent
from uma.feeds.feed import Context, Entity, Feed, Metric, Source, Switch

NANOSECONDS = 1_000_000_000
"""In a second."""

EXEC_EVENTS = Switch(
    "EXEC_EVENTS", "Events of exec, top and attach", "Health checks make them by the thousand.", default=False
)


def docker_source(context: Context) -> Source:
    """Build the source that all of Docker's feeds share."""
    from uma.feeds.docker.observer import DockerObserver  # noqa: PLC0415 - only while one of them is on

    return DockerObserver(context, EXEC_EVENTS)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.docker.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _entities() -> Sequence[Entity]:
    from uma.feeds.docker.entities import ENTITIES  # noqa: PLC0415 - few servers have a broker

    return ENTITIES


def _occurred_at(event: DockerEvent) -> float:
    return event.time_nano // NANOSECONDS


FEEDS = (
    Feed(
        name="docker/events",
        title="Docker events",
        summary="Container events, as they occur; nothing is replayed.",
        message=DockerEvent,
        source=docker_source,
        switch=Switch("DOCKER_EVENTS", "Docker events", "What happens to containers: started, stopped, unhealthy."),
        settings=(EXEC_EVENTS,),
        interval=None,
        metrics=_metrics,
        lazy_entities=_entities,
        channel="uma_docker",
        panel="panels/events.js",
        occurred_at=_occurred_at,
    ),
)
