"""The feed's source: Docker's events, and their counts."""

from collections.abc import Mapping

from uma.feeds.docker.event_counts import EventCounts
from uma.feeds.docker.model import DockerEvent
from uma.feeds.docker.source import DockerSource
from uma.feeds.feed import Context, Publish, Report, Switch
from uma.model.health import SourceState


class DockerObserver:
    """Publishes container events. ``events`` counts them by action."""

    name = DockerSource.name

    def __init__(self, context: Context, exec_events: Switch) -> None:
        self._context = context
        self._exec_events = exec_events
        self._source = DockerSource(socket=context.host.docker_socket, steward=context.host.steward)
        self._is_there = False
        self.events = EventCounts()

    @property
    def containers(self) -> Mapping[str, int]:
        """Number of containers by state; empty while Docker is away."""
        return self._source.containers if self._is_there else {}

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish until Docker goes away. Raises SourceUnavailable and SourceFailed."""
        self._source.exec_events = self._context.settings.of(self._exec_events)

        def count(event: DockerEvent) -> None:
            publish(event)
            self.events.add(event)

        def note(status: SourceState, detail: str) -> None:
            self._is_there = status == "ok"
            report(status, detail)

        try:
            await self._source.run(count, note)
        finally:
            self._is_there = False
