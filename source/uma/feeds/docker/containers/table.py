"""The table of existing containers, updated by Docker's events, and the message made
from it.

An event changes state and name at once; the inspect that follows gives the rest.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from uma.feeds.docker.containers.cgroups import Place, Sample
from uma.feeds.docker.containers.figures import NO_FIGURES, Figures, Timed, figures_from
from uma.feeds.docker.containers.model import Container, ContainersStatus, ImageStorage
from uma.feeds.docker.containers.parse import HEALTH_WORDS, Record
from uma.feeds.docker.containers.unraid import UnraidFiles, manager_of, tagged, webui_of
from uma.feeds.docker.events import ContainerEvent
from uma.feeds.docker.states import STATE_AFTER, Known, moved

MAX_CONTAINERS: Final = 1000
"""Containers in the message: five times as many as the largest known server has."""

INSPECTED_ACTIONS: Final = frozenset({"start", "die", "health_status", "rename", "update"})
"""Actions after which a container is inspected; a new container is listed."""

OTHER_ACTIONS: Final = ("create", "destroy", "kill", "oom", "pause", "remove", "stop", "unpause")
WATCHED_ACTIONS: Final = (*sorted(INSPECTED_ACTIONS), *OTHER_ACTIONS)
"""Actions requested from Docker. Each health check causes three others, which are not
needed.
"""

RUNNING: Final = Known("running")
ENDED: Final = frozenset({"exited", "dead"})

LIFE_ACTIONS: Final = frozenset({"start", "kill", "die"})
"""Actions that show whether a container ended by itself."""

CONTAINER_PREFIX: Final = "container:"


class Containers:
    """The table. ``cpus`` is the number of logical CPUs of the server; ``digests`` has
    those of images by id, if an update is in question.
    """

    def __init__(self) -> None:
        self.cpus = 1
        self.files = UnraidFiles()
        self.image_storage: ImageStorage | None = None
        self.records: dict[str, Record] = {}
        self.places: dict[str, Place] = {}
        self.digests: dict[str, frozenset[str]] = {}
        self._lives: dict[str, Known] = {}
        self._starts: dict[str, str | None] = {}
        self._samples: dict[str, Timed] = {}
        self._figures: dict[str, Figures] = {}

    def begin(self, records: Mapping[str, Record]) -> None:
        """Start over from a list."""
        self.records = dict(list(records.items())[:MAX_CONTAINERS])
        self._lives = {each: life for each, life in self._lives.items() if each in self.records}
        self._starts = {each: start for each, start in self._starts.items() if each in self.records}
        self.places = {}
        self.forget_figures()

    def take_files(self, files: UnraidFiles) -> None:
        """Apply Unraid's files; digests must be looked up again."""
        self.files = files
        self.digests = {}

    def unchecked_images(self) -> list[str]:
        """Return the ids of images with a possibly outdated update state and unknown
        digests.
        """
        ids = {record.image_id for record in self.records.values() if self._update_of(record) == "available"}
        return sorted(ids - self.digests.keys() - {""})

    def take(self, event: ContainerEvent) -> None:
        """Apply *event* to its container."""
        known = self.records.get(event.container_id)
        if event.action in {"destroy", "remove"}:
            self.drop(event.container_id)
            return
        if known is None:
            if event.action != "create" or len(self.records) >= MAX_CONTAINERS:
                return
            known = Record(event.container_id, event.name or event.container_id[:12], event.image, "created")
        self.records[event.container_id] = _moved(known, event)
        if event.action in LIFE_ACTIONS:
            self._lives[event.container_id] = moved(self._lives.get(event.container_id, RUNNING), event)
        if event.action == "start":
            self._starts.pop(event.container_id, None)
        if event.action in {"start", "die"}:
            self._end_life(event.container_id)

    def learn(self, record: Record, place: Place | None) -> None:
        """Apply an inspect, and the place of a running container's figures."""
        known = self.records.get(record.id)
        if known is None:
            # It was removed during the inspect.
            return
        if known.pid != record.pid:
            self._end_life(record.id)
        if self._starts.setdefault(record.id, record.started_at) != record.started_at:
            # It was started while Docker's events could not be followed.
            self._starts[record.id] = record.started_at
            self._lives.pop(record.id, None)
        kills = max(known.oom_kills or 0, record.oom_kills or 0)
        self.records[record.id] = replace(record, oom_kills=kills)
        if place is not None:
            self.places[record.id] = place

    def add(self, record: Record) -> None:
        """Add a container that was listed after its creation."""
        known = self.records.get(record.id)
        if known is not None and known.state == "created":
            self.records[record.id] = record

    def drop(self, container_id: str) -> None:
        """Remove a container that is gone."""
        self.records.pop(container_id, None)
        self._lives.pop(container_id, None)
        self._starts.pop(container_id, None)
        self._end_life(container_id)

    def measure(self, samples: Mapping[str, Sample | None], at: float) -> None:
        """Apply samples by container; None means that its cgroup has vanished."""
        for container_id, sample in samples.items():
            record = self.records.get(container_id)
            if sample is None or record is None:
                self._samples.pop(container_id, None)
                self._figures.pop(container_id, None)
                continue
            now = Timed(at, sample)
            self._figures[container_id] = figures_from(now, self._samples.get(container_id), cpus=self.cpus)
            self._samples[container_id] = now
            if sample.oom_kills is not None and sample.oom_kills > (record.oom_kills or 0):
                self.records[container_id] = replace(record, oom_kills=sample.oom_kills)

    def show(self, figures: Mapping[str, Figures]) -> None:
        """Apply figures that were not measured here."""
        self._figures = dict(figures)

    def forget_figures(self) -> None:
        """Clear all figures for lack of demand."""
        self._samples, self._figures = {}, {}

    @property
    def has_figures(self) -> bool:
        """True if any figure is known."""
        return bool(self._figures)

    def status(self) -> ContainersStatus:
        """Return the message: every container, by name."""
        owners = self._owners()
        records = sorted(self.records.values(), key=lambda record: (record.name, record.id))
        containers = tuple(self._container(record, owners) for record in records)
        return ContainersStatus("running", self.image_storage, containers, demo=False)

    def _container(self, record: Record, owners: Mapping[int, str]) -> Container:
        figures = self._figures.get(record.id, NO_FIGURES)
        shared_with = self._shared_with(record, owners)
        manager = manager_of(record)
        autostart = self.files.autostart
        update = self._update_of(record)
        mode = record.network_mode
        return Container(
            name=record.name,
            id=record.id[:12],
            image=record.image,
            state=record.state,
            # Docker does not check a paused container.
            health=record.health if record.state == "running" else None,
            started_at=record.started_at,
            exit_code=record.exit_code,
            stopped=self._was_stopped(record),
            restart_count=record.restart_count,
            oom_kills=record.oom_kills,
            cpu_percent=figures.cpu_percent,
            cpu_cores_used=figures.cpu_cores_used,
            memory_used_bytes=figures.memory_used_bytes,
            memory_cache_bytes=figures.memory_cache_bytes,
            memory_limit_bytes=record.memory_limit_bytes,
            pids=figures.pids,
            network_mode=mode if mode is None or shared_with is None else f"{CONTAINER_PREFIX}{shared_with}",
            network=None if shared_with is not None or mode == "host" else figures.network,
            network_shared_with=shared_with,
            ports=record.ports,
            webui=webui_of(record, self.files),
            managed_by=manager,
            compose_project=record.compose_project,
            autostart=None if autostart is None else record.name in autostart,
            autostart_wait_seconds=None if autostart is None else autostart.get(record.name),
            update=update or "unknown",
            update_checked_at=self.files.updates_at if update else None,
        )

    def _was_stopped(self, record: Record) -> bool | None:
        life = self._lives.get(record.id)
        if life is None or life.status != "exited" or record.state not in ENDED:
            return None
        return bool(life.signal)

    def _update_of(self, record: Record) -> str | None:
        """Return whether there is an update; None if Unraid does not check."""
        update = self.files.updates.get(tagged(record.image)) if manager_of(record) == "dockerman" else None
        return None if update is None else update.for_image(self.digests.get(record.image_id))

    def _owners(self) -> dict[int, str]:
        """Return by inode the container that reports each network namespace."""
        owners: dict[int, str] = {}
        for container_id in sorted(self.places, key=lambda each: _is_guest(self.records[each])):
            place = self.places[container_id]
            if place.namespace:
                owners.setdefault(place.namespace, container_id)
        return owners

    def _shared_with(self, record: Record, owners: Mapping[int, str]) -> str | None:
        """Return the name of the container whose network this one shares."""
        place = self.places.get(record.id)
        owner = owners.get(place.namespace) if place is not None else None
        if owner is not None and owner != record.id:
            return self.records[owner].name
        if not _is_guest(record):
            return None
        wanted = (record.network_mode or "").removeprefix(CONTAINER_PREFIX)
        found = self.records.get(wanted)
        return found.name if found is not None else wanted[:12] if len(wanted) == 64 else wanted

    def _end_life(self, container_id: str) -> None:
        self.places.pop(container_id, None)
        self._samples.pop(container_id, None)
        self._figures.pop(container_id, None)


def _is_guest(record: Record) -> bool:
    return (record.network_mode or "").startswith(CONTAINER_PREFIX)


def _moved(known: Record, event: ContainerEvent) -> Record:
    state = STATE_AFTER.get(event.action, known.state)
    match event.action:
        case "start":
            return replace(known, state=state, health=None, exit_code=None, oom_kills=0, pid=0)
        case "die":
            code = int(event.exit_code) if event.exit_code and not event.is_labelled else None
            return replace(known, state=state, health=None, exit_code=code, pid=0)
        case "rename":
            return replace(known, name=event.name or known.name)
        case "oom":
            return replace(known, oom_kills=(known.oom_kills or 0) + 1)
        case _:
            return replace(known, state=state, health=_health_after(known, event))


def _health_after(known: Record, event: ContainerEvent) -> str | None:
    if event.action == "health_status" and event.word in HEALTH_WORDS:
        return event.word
    # Checks continue after a pause, but only a successful one causes an event.
    return None if event.action == "unpause" and known.health == "healthy" else known.health
