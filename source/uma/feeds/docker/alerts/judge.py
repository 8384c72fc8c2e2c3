"""Decides which containers are worth an alert. Without I/O; the clock is given.

An alert means that a container died by itself, was killed for lack of memory, keeps
dying, or has been unhealthy for a minute. Stops by the user, updates, and starts or
stops of Docker or the array cause no alert (docs/containers.md).
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from uma.feeds.docker.containers.parse import Record
from uma.feeds.docker.events import ContainerEvent
from uma.feeds.docker.states import ContainerStates

HOLD_SECONDS: Final = 10.0
"""Seconds from a death to its alert: a stop, a removal, the end of Docker, or more
deaths may follow.
"""

UNHEALTHY_SECONDS: Final = 60.0
YOUNG_SECONDS: Final = 120.0
"""Seconds after Docker's start without alerts: containers wait for each other and fail
until all run.
"""

STEADY_SECONDS: Final = 120.0
"""Seconds after which a container that has not died again counts as recovered."""

LOOP_DEATHS: Final = 3
LOOP_SECONDS: Final = 600.0
"""LOOP_DEATHS deaths within this time are a loop."""

QUIET_SECONDS: Final = 600.0
"""Minimum seconds between two alerts about one container."""

MAX_ALERTS_PER_MINUTE: Final = 6
MASS_STOPS: Final = 3
MASS_SECONDS: Final = 30.0
"""MASS_STOPS containers stopped within this time mean a stop of Docker or of a stack:
containers that die then have lost a dependency.
"""

MAX_WATCHED: Final = 1000

Kind = Literal["died", "memory", "looping", "unhealthy", "back"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. ``exit_code`` is None if it is unknown or says nothing."""

    kind: Kind
    name: str
    exit_code: int | None = None
    has_died: bool = True


@dataclass(slots=True)
class _Watched:
    """State kept of one container."""

    name: str
    running_since: float | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=LOOP_DEATHS))
    pending_since: float | None = None
    exit_code: int | None = None
    is_out_of_memory: bool = False
    unhealthy_since: float | None = None
    is_known: Literal["", "looping", "unhealthy"] = ""
    """Reported problem that persists: it is not reported again until it has ended."""

    @property
    def is_waiting(self) -> bool:
        """True if the passing of time alone may cause an alert; a known problem only
        waits for its end.
        """
        if self.is_known:
            return self.running_since is not None and self.unhealthy_since is None
        return self.pending_since is not None or self.unhealthy_since is not None

    def calm(self) -> None:
        """Drop pending alerts."""
        self.pending_since = None
        self.is_out_of_memory = False
        self.deaths.clear()


class Judge:
    """Judge of events; ``due`` returns the alerts to report. *clock* is monotonic
    seconds.
    """

    def __init__(self, clock: Callable[[], float], *, changed: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._changed = changed
        self._states = ContainerStates()
        self._watched: dict[str, _Watched] = {}
        self._quiet_until = 0.0
        self._stops: dict[str, float] = {}
        self._alerted_at: dict[str, float] = {}
        self._alerts: deque[float] = deque(maxlen=MAX_ALERTS_PER_MINUTE)

    def meet_docker(self, records: Iterable[Record], *, age_seconds: float) -> None:
        """Start with the containers of a Docker that has been up for *age_seconds*."""
        now = self._clock()
        self._quiet_until = now + max(0.0, YOUNG_SECONDS - age_seconds)
        known, self._watched = self._watched, {}
        for record in list(records)[:MAX_WATCHED]:
            watched = known.get(record.id) or _Watched(record.name)
            watched.name = record.name
            if record.state == "running" and watched.running_since is None:
                watched.running_since = now
            watched.unhealthy_since = now if record.health == "unhealthy" else None
            self._watched[record.id] = watched
        self._changed()

    def lose_docker(self) -> None:
        """Drop pending alerts: Docker is stopping, and its containers with it."""
        for watched in self._watched.values():
            watched.calm()
            watched.unhealthy_since = watched.running_since = None

    def take(self, event: ContainerEvent) -> None:
        """Process one event."""
        message = self._states.message_from(event, seq=0)
        watched = self._watched.get(event.container_id)
        if watched is None:
            if len(self._watched) >= MAX_WATCHED:
                return
            watched = self._watched[event.container_id] = _Watched(event.name or event.container_id[:12])
        now = self._clock()
        watched.name = event.name or watched.name
        match event.action:
            case "start":
                watched.running_since, watched.unhealthy_since = now, None
            case "die":
                watched.running_since = watched.unhealthy_since = None
                if message.attributes["signal"]:
                    self._stop(event.container_id, watched)
                elif message.attributes["exitCode"] != "0" or event.is_labelled:
                    self._die(watched, None if event.is_labelled else int(message.attributes["exitCode"]))
            case "oom":
                watched.is_out_of_memory = True
                watched.pending_since = watched.pending_since or now
            case "stop" | "restart":
                self._stop(event.container_id, watched)
            case "destroy" | "remove":
                del self._watched[event.container_id]
            case "health_status":
                is_ill = event.word == "unhealthy"
                watched.unhealthy_since = (watched.unhealthy_since or now) if is_ill else None
        self._changed()

    @property
    def is_waiting(self) -> bool:
        """True if an alert may become due without a further event."""
        return any(each.is_waiting for each in self._watched.values())

    def due(self, records: Mapping[str, Record], *, is_array_stopping: bool) -> list[Alert]:
        """Return the alerts that are due, within all rate limits."""
        now = self._clock()
        is_down = is_array_stopping or self._is_mass_stop(now)
        alerts: list[Alert] = []
        for container_id, watched in self._watched.items():
            record = records.get(container_id)
            if is_down or now < self._quiet_until:
                watched.calm()
                continue
            alert = self._alert(watched, record, now)
            if alert is not None and self._may_alert(watched.name, now):
                self._alerted_at[watched.name] = now
                self._alerts.append(now)
                _settle(watched, alert)
                alerts.append(alert)
        self._alerted_at = {n: at for n, at in self._alerted_at.items() if now - at < QUIET_SECONDS}
        return alerts

    def _alert(self, watched: _Watched, record: Record | None, now: float) -> Alert | None:
        if record is not None and record.state == "paused":
            return None
        if watched.is_known:
            return self._recovery(watched, now)
        if watched.pending_since is not None and now - watched.pending_since >= HOLD_SECONDS:
            return self._death(watched, record, now)
        if watched.unhealthy_since is not None and now - watched.unhealthy_since >= UNHEALTHY_SECONDS:
            return Alert("unhealthy", watched.name)
        return None

    @staticmethod
    def _death(watched: _Watched, record: Record | None, now: float) -> Alert | None:
        exit_code = watched.exit_code
        if exit_code is None and record is not None:
            # A label hid the exit code, and the inspect after the death did not.
            exit_code = record.exit_code
        deaths = sum(1 for at in watched.deaths if now - at <= LOOP_SECONDS)
        if deaths >= LOOP_DEATHS:
            return Alert("looping", watched.name, exit_code)
        if watched.is_out_of_memory:
            return Alert("memory", watched.name, exit_code, has_died=bool(deaths))
        if not deaths or exit_code == 0:
            # It waited for its turn until it was outdated.
            watched.calm()
            return None
        return Alert("died", watched.name, exit_code)

    @staticmethod
    def _recovery(watched: _Watched, now: float) -> Alert | None:
        is_steady = watched.running_since is not None and now - watched.running_since >= STEADY_SECONDS
        if is_steady and watched.unhealthy_since is None:
            return Alert("back", watched.name)
        return None

    def _die(self, watched: _Watched, exit_code: int | None) -> None:
        now = self._clock()
        watched.deaths.append(now)
        watched.exit_code = exit_code
        watched.pending_since = watched.pending_since or now

    def _stop(self, container_id: str, watched: _Watched) -> None:
        """Note a stop by a user: nothing about this container is reported."""
        watched.calm()
        watched.is_known = ""
        now = self._clock()
        self._stops = {each: at for each, at in self._stops.items() if now - at <= MASS_SECONDS}
        self._stops[container_id] = now

    def _is_mass_stop(self, now: float) -> bool:
        return sum(now - at <= MASS_SECONDS for at in self._stops.values()) >= MASS_STOPS

    def _may_alert(self, name: str, now: float) -> bool:
        last = self._alerted_at.get(name)
        if last is not None and now - last < QUIET_SECONDS:
            return False
        return len(self._alerts) < MAX_ALERTS_PER_MINUTE or now - self._alerts[0] >= 60.0


def _settle(watched: _Watched, alert: Alert) -> None:
    """Note the reported problem."""
    watched.calm()
    watched.is_known = alert.kind if alert.kind in {"looping", "unhealthy"} else ""
