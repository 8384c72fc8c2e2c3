"""What state each container is in, told from its events alone: no inspect on the way.

One container list fills the table when Docker is met; from then on each event moves its container. What ``die`` and
``kill`` say is kept until the container's next ``start``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from uma.feeds.docker.events import ContainerEvent
from uma.feeds.docker.model import DockerEvent

STATE_AFTER = {
    "create": "created",
    "start": "running",
    "restart": "running",
    "unpause": "running",
    "pause": "paused",
    "die": "exited",
    "stop": "exited",
    "destroy": "removed",
}
"""The actions that change a container's state; any other leaves it as it was."""

LISTED_STATES = frozenset({"created", "running", "paused", "restarting", "exited", "dead"})

MAX_CONTAINERS = 4096
"""More than any server has; events of made-up containers can't fill the memory."""

SHORT_ID = 12


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of one container."""

    status: str
    exit_code: str = "0"
    signal: str = ""


class ContainerStates:
    """The containers that exist, by full id."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._listed: dict[str, str] = {}
        self._listed_at: int | None = None

    def prime(self, listed: Iterable[tuple[object, object]], at_nano: int) -> None:
        """Take over a container list (each id and Docker's ``State``), asked for at *at_nano* by Docker's clock.

        It comes into force with the first event after that time: those before it, asked for again after a break, tell
        of the states that led to the list.
        """
        self._listed = {key: _state_from(state) for key, state in listed if isinstance(key, str)}
        self._listed_at = at_nano

    def message_from(self, event: ContainerEvent, *, seq: int) -> DockerEvent:
        """Move the event's container, and tell what it is now."""
        if self._listed_at is not None and event.time_nano > self._listed_at:
            self._install_list()
        known = self._moved(event)
        if event.action == "destroy":
            self._known.pop(event.container_id, None)
        else:
            self._known[event.container_id] = known
            if len(self._known) > MAX_CONTAINERS:
                del self._known[next(iter(self._known))]
        return DockerEvent(
            action=event.action,
            container_id=event.container_id[:SHORT_ID],
            container_name=event.name,
            image=event.image,
            # The health is a word about a state that stays what it was.
            status=event.word if event.action == "health_status" and event.word else known.status,
            attributes={"exitCode": known.exit_code, "signal": known.signal},
            container_id_full=event.container_id,
            time_nano=event.time_nano,
            seq=seq,
        )

    def counts(self) -> dict[str, int]:
        """How many containers are in each state that one can be listed in."""
        # A list that no event has brought into force is the newest that is known all the same.
        listed = self._listed.values() if self._listed_at is not None else (k.status for k in self._known.values())
        counts = dict.fromkeys(sorted(LISTED_STATES), 0)
        for status in listed:
            if status in counts:
                counts[status] += 1
        return counts

    def _moved(self, event: ContainerEvent) -> Known:
        # One that no list and no event told of was most likely running: it is running ones that things happen to.
        known = self._known.get(event.container_id) or Known(self._listed.get(event.container_id, "running"))
        known = replace(known, status=STATE_AFTER.get(event.action, known.status))
        if event.action == "start":
            return Known(known.status)
        if event.exit_code is not None:
            return replace(known, exit_code=event.exit_code or "0")
        if event.signal is not None:
            return replace(known, signal=event.signal)
        return known

    def _install_list(self) -> None:
        self._known = {
            container_id: replace(self._known.get(container_id, Known(status)), status=status)
            for container_id, status in self._listed.items()
        }
        self._listed, self._listed_at = {}, None


def _state_from(value: object) -> str:
    # Also Docker's "removing", seen for a moment, of what is no use any more.
    return value if isinstance(value, str) and value in LISTED_STATES else "dead"
