"""Counts of container events by action since the daemon started."""

from collections.abc import Mapping

from uma.feeds.docker.model import DockerEvent
from uma.model import Message

ACTIONS = (
    *("create", "start", "restart", "stop", "kill", "die", "oom", "destroy", "pause", "unpause", "rename", "update"),
    *("health_status", "attach", "detach", "top", "exec_create", "exec_start", "exec_detach", "exec_die"),
    *("commit", "copy", "export", "resize", "prune", "archive-path", "extract-to-dir"),
)
"""Docker's actions of containers (``docker events``;
the last two are ``docker cp``).
"""

OTHER = "other"


class EventCounts:
    """Counts by action. An unknown action counts as ``other``, so that new words can't
    fill the memory.
    """

    def __init__(self) -> None:
        # Starts at 0: Prometheus sees no increase in a series that begins with 1.
        self._counts = dict.fromkeys((*ACTIONS, OTHER), 0)

    def add(self, message: Message) -> None:
        """Count *message*, if it is an event."""
        if isinstance(message, DockerEvent):
            self._counts[message.action if message.action in self._counts else OTHER] += 1

    @property
    def by_action(self) -> Mapping[str, int]:
        """Return the current counts."""
        return dict(self._counts)
