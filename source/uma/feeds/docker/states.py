"""The state of each container, derived from its events without an inspect.

One container list fills the table at the start; then each event updates its container.
The exit code of ``die`` and the signal of ``kill`` are kept until the container's next
``start``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from uma.feeds.docker.events import UNKNOWN_SIGNAL, ContainerEvent
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
    # podman's word (podman#14993).
    "remove": "removed",
}
"""Actions that change a container's state; all others leave it."""

COUNTED_STATES = ("created", "dead", "exited", "paused", "running")
LISTED_STATES = frozenset({*COUNTED_STATES, "restarting"})

MAX_CONTAINERS = 4096
"""More than any server has: events of made-up containers can't fill the memory."""

MAX_REMOVED = 512

STOP_NANOSECONDS = 60_000_000_000
"""Time for which a signal belongs to a die: later, the container has survived it."""

SURVIVED_SIGNALS = {"HUP": 1, "USR1": 10, "USR2": 12, "CHLD": 17, "CONT": 18, "URG": 23, "WINCH": 28}
"""Signals to reload or rotate by. They stop a container only if it handles them so
(httpd WINCH, haproxy USR1), and it then exits with 0. Killed by one, it exits with 128
+ N.
"""

_BY_NUMBER = {str(number): number for number in SURVIVED_SIGNALS.values()}

SHORT_ID = 12


@dataclass(frozen=True, slots=True)
class Known:
    """State of one container. ``killed_at`` is the time of a kill without a die
    so far.
    """

    status: str
    exit_code: str = "0"
    signal: str = ""
    killed_at: int = 0


class ContainerStates:
    """Existing containers by full id, and recently removed ones."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._removed: dict[str, Known] = {}
        self._listed: dict[str, str] = {}
        self._listed_at: int | None = None

    def prime(self, listed: Iterable[tuple[object, object]], at_nano: int) -> None:
        """Apply a container list (each id and Docker's ``State``), asked for at
        *at_nano* by Docker's clock.

        It takes effect with the first event after that time. Earlier events, requested
        again after a break, report the states that led to the list.
        """
        self._listed = {
            key: _state_from(state) for key, state in listed if isinstance(key, str) and key not in self._removed
        }
        self._listed_at = at_nano

    def is_running(self, container_id: str) -> bool:
        """Return whether a container runs, as far as its events and the list say."""
        return self._of(container_id).status not in {"exited", "dead", "created", "removed"}

    def message_from(self, event: ContainerEvent, *, seq: int) -> DockerEvent:
        """Update the event's container, and return the message."""
        if self._listed_at is not None and event.time_nano > self._listed_at:
            self._install_list()
        known = moved(self._of(event.container_id), event)
        self._keep(event.container_id, known)
        return DockerEvent(
            action=event.action,
            container_id=event.container_id[:SHORT_ID],
            container_name=event.name,
            image=event.image,
            # The health is a word about an unchanged state.
            status=event.word if _is_health(event) and known.status != "removed" else known.status,
            attributes={"exitCode": known.exit_code, "signal": known.signal},
            container_id_full=event.container_id,
            time_nano=event.time_nano,
            seq=seq,
        )

    def counts(self) -> dict[str, int]:
        """Return how many containers are in each state of COUNTED_STATES.

        A container between two attempts of its restart policy counts as exited: no
        event tells more.
        """
        # Even before an event makes it effective, a list is the newest knowledge.
        listed = self._listed.values() if self._listed_at is not None else (k.status for k in self._known.values())
        counts = dict.fromkeys(COUNTED_STATES, 0)
        for status in listed:
            counts["exited" if status == "restarting" else status] += 1
        return counts

    def _of(self, container_id: str) -> Known:
        # A container in no list and no earlier event was most likely running.
        known = self._removed.get(container_id) or self._known.get(container_id)
        return known or Known(self._listed.get(container_id, "running"))

    def _keep(self, container_id: str, known: Known) -> None:
        if known.status != "removed":
            self._known[container_id] = known
            if len(self._known) > MAX_CONTAINERS:
                del self._known[next(iter(self._known))]
            return
        self._known.pop(container_id, None)
        self._listed.pop(container_id, None)
        # Docker can still report its stop and other late events (moby#50220).
        self._removed[container_id] = known
        if len(self._removed) > MAX_REMOVED:
            del self._removed[next(iter(self._removed))]

    def _install_list(self) -> None:
        self._known = {
            container_id: replace(self._known.get(container_id, Known(status)), status=status)
            for container_id, status in self._listed.items()
        }
        self._listed, self._listed_at = {}, None


def moved(known: Known, event: ContainerEvent) -> Known:
    """Return the state after *event*. After a die, ``signal`` is the one that may have
    ended the container.
    """
    if known.killed_at and event.time_nano - known.killed_at > STOP_NANOSECONDS:
        known = replace(known, signal="", killed_at=0)
    if known.status != "removed":
        known = replace(known, status=STATE_AFTER.get(event.action, known.status))
        if event.action == "start":
            return Known(known.status)
    if event.action == "die":
        exit_code = event.exit_code or "0"
        signal = known.signal if _may_have_ended(known.signal, exit_code) else ""
        return replace(known, exit_code=exit_code, signal=signal, killed_at=0)
    if event.signal is not None:
        return replace(known, signal=event.signal or UNKNOWN_SIGNAL, killed_at=event.time_nano)
    return known


def _may_have_ended(signal: str, exit_code: str) -> bool:
    """Return whether a container that ended with *exit_code* may have
    been ended by *signal*.
    """
    number = _BY_NUMBER.get(signal) or SURVIVED_SIGNALS.get(signal.removeprefix("SIG"))
    return number is None or exit_code in {"0", str(128 + number)}


def _is_health(event: ContainerEvent) -> bool:
    return event.action == "health_status" and bool(event.word)


def _state_from(value: object) -> str:
    # Also Docker's short-lived state "removing", which is not used.
    return value if isinstance(value, str) and value in LISTED_STATES else "dead"
