"""The metric families of Docker's events."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from uma.feeds.feed import Counter, Gauge, Sample

if TYPE_CHECKING:
    from uma.feeds.docker.observer import DockerObserver


def _containers(source: "DockerObserver") -> Iterator[Sample]:
    for state, count in source.containers.items():
        yield {"state": state}, count


def _events(source: "DockerObserver") -> Iterator[Sample]:
    for action, count in source.events.by_action.items():
        yield {"action": action}, count


METRICS = (
    Gauge("uma_docker_containers", "Containers by state.", _containers, of="source", labels=("state",)),
    Counter(
        "uma_docker_events_total",
        "Container events by action, since the daemon started.",
        _events,
        of="source",
        labels=("action",),
    ),
)
