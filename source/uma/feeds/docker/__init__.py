"""Docker: its container events, and the containers themselves.

``source`` follows the events; ``states`` derives each container's state from them.
``containers`` publishes every container with its figures; ``alerts`` reports containers
that failed by themselves. Each feed has its own connection to Docker, so each works
without the other.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from uma.feeds.docker.containers.model import ContainersStatus
from uma.feeds.docker.model import DockerEvent
from uma.feeds.feed import Context, Entity, Feed, Metric, Source, Switch

if TYPE_CHECKING:
    from uma.feeds.docker.containers.source import ContainersSource

CONTAINERS = "docker/containers"

NANOSECONDS = 1_000_000_000
"""Nanoseconds in a second."""

EXEC_EVENTS = Switch(
    "EXEC_EVENTS",
    "Include exec events",
    "Adds an event for each command run in a container. Noisy: every health check is one.",
    default=False,
)


ALERT_CONTAINERS = Switch(
    "ALERT_CONTAINERS",
    "Container alerts",
    "Sends an Unraid notification when a container exits by itself with an error, is killed for lack of memory, "
    "keeps exiting, or is unhealthy for a minute. There is none for a container that you stop or update.",
    default=False,
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


def containers_source(context: Context) -> Source:
    """Build the source of the containers."""
    from uma.feeds.docker.containers.source import ContainersSource  # noqa: PLC0415 - only while it is on

    return ContainersSource(
        context.host,
        socket=context.host.docker_socket,
        demand=context.demand(CONTAINERS),
        wants_alerts=lambda: context.settings.of(ALERT_CONTAINERS),
    )


def _companions(source: "ContainersSource") -> Iterable[Source]:
    if source.wants_alerts() and source.alerts is None:
        from uma.feeds.docker.alerts.source import AlertsSource  # noqa: PLC0415 - few servers want them

        # Kept over a reload, so that nothing is reported twice.
        source.alerts = AlertsSource(source.host, source)
    return () if source.alerts is None or not source.wants_alerts() else (source.alerts,)


def _container_metrics() -> Sequence[Metric]:
    from uma.feeds.docker.containers.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _container_entities(status: ContainersStatus) -> Iterable[Entity] | None:
    from uma.feeds.docker.containers.entities import entities_of  # noqa: PLC0415 - few servers have a broker

    return entities_of(status)


def _container_layout(status: ContainersStatus) -> object:
    from uma.feeds.docker.containers.entities import layout  # noqa: PLC0415 - see _container_entities

    return layout(status)


def _container_facts(status: ContainersStatus) -> object:
    from uma.feeds.docker.containers.entities import facts  # noqa: PLC0415 - see _container_entities

    return facts(status)


FEEDS = (
    Feed(
        name="docker/events",
        title="Docker events",
        summary="Container events, as they occur; nothing is replayed.",
        message=DockerEvent,
        source=docker_source,
        switch=Switch(
            "DOCKER_EVENTS", "Docker events", "Events of containers, such as started, stopped and unhealthy."
        ),
        settings=(EXEC_EVENTS,),
        interval=None,
        metrics=_metrics,
        lazy_entities=_entities,
        channel="uma_docker",
        panel="panels/events.js",
        occurred_at=_occurred_at,
    ),
    Feed(
        name=CONTAINERS,
        title="Containers",
        summary="Every container: at once, every 30 s, and within 1 s of a change; figures every 5 s.",
        message=ContainersStatus,
        source=containers_source,
        switch=Switch(
            "DOCKER_CONTAINERS", "Containers", "State, health, ports and updates of each container, and its figures."
        ),
        settings=(ALERT_CONTAINERS,),
        metrics=_container_metrics,
        entities=_container_entities,
        layout=_container_layout,
        facts=_container_facts,
        companions=_companions,
        panel="panels/containers.js",
    ),
)
