"""Containers, as Docker and the webGUI's Docker page know them."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from uma.feeds.feed import COUNT, MOMENT, ON_DEMAND, PERCENT, TIMESTAMP, Doc, KnownWords, Matching, Words

Service = Literal["running", "stopped", "disabled", "absent"]

STATES = KnownWords("created", "running", "paused", "restarting", "removing", "exited", "dead")
HEALTH = Words("healthy", "unhealthy", "starting")
MANAGERS = Words("dockerman", "compose", "other")
UPDATES = Words("up_to_date", "available", "unknown")
PORT = Matching(minimum=1, maximum=65535)
SHORT_ID = Matching(minLength=1, maxLength=12)

MAX_PORTS = 32
"""Ports per container; a published range of a thousand ports is cut."""


@dataclass(frozen=True, slots=True)
class ImageStorage:
    """The file system that holds images and containers."""

    about: ClassVar[str] = "File system of /var/lib/docker; null unless it is a mount of its own."

    kind: Annotated[str, Doc("A vdisk is docker.img; a folder's figures are its pool's."), Words("vdisk", "folder")]
    size_bytes: Annotated[int, Doc("Size."), COUNT]
    used_bytes: Annotated[int, Doc("Space used."), COUNT]
    usage_percent: Annotated[float, Doc("Share used, as df has it."), PERCENT]
    usage_state: Annotated[
        str | None,
        Doc("Usage of a vdisk against the user's limits, as the webGUI alerts; null for a folder: its pool has one."),
        Words("ok", "warning", "critical"),
    ] = None


@dataclass(frozen=True, slots=True)
class ContainerTraffic:
    """Bytes that a container's own network has carried since it started."""

    about: ClassVar[str] = "Traffic of a container's own network since it started."

    bytes_sent: Annotated[int, Doc("Bytes sent."), COUNT]
    bytes_recv: Annotated[int, Doc("Bytes received."), COUNT]
    bytes_sent_per_sec: Annotated[int | None, Doc("Bytes sent per second."), COUNT]
    bytes_recv_per_sec: Annotated[int | None, Doc("Bytes received per second."), COUNT]


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A published port."""

    about: ClassVar[str] = "A published port. A twin at :: of one at 0.0.0.0 is left out."

    host_ip: Annotated[str, Doc("Address of the server that it is published at.")]
    host_port: Annotated[int, Doc("Port of the server."), PORT]
    container_port: Annotated[int, Doc("Port inside the container."), PORT]
    protocol: Annotated[str, Doc("Protocol."), KnownWords("tcp", "udp", "sctp")]


@dataclass(frozen=True, slots=True)
class Container:
    """One container. A field is None if it is not known now."""

    about: ClassVar[str] = "One container. What is not known now is null."

    name: Annotated[str, Doc("Name, without a leading slash.")]
    id: Annotated[str, Doc("First 12 characters of the id."), SHORT_ID]
    image: Annotated[str, Doc("Image it was created from.")]
    state: Annotated[str, Doc("State, in Docker's word."), STATES]
    health: Annotated[str | None, Doc("Result of its health check; null without one, and unless it runs."), HEALTH]
    started_at: Annotated[str | None, Doc("Last start; null if it never started."), TIMESTAMP]
    exit_code: Annotated[int | None, Doc("Exit code; null unless it has ended.")]
    stopped: Annotated[bool | None, Doc("Whether a stop or kill ended it; null unless UMA has seen its end.")]
    restart_count: Annotated[int | None, Doc("Restarts by its restart policy."), COUNT]
    oom_kills: Annotated[int | None, Doc("Processes killed for memory, in this life or the last."), COUNT]
    cpu_percent: Annotated[
        float | None, Doc("CPU, in percent of the whole server, as on the webGUI's Docker page."), PERCENT, ON_DEMAND
    ]
    cpu_cores_used: Annotated[float | None, Doc("CPU in cores: 1.0 is one core."), COUNT, ON_DEMAND]
    memory_used_bytes: Annotated[
        int | None, Doc("Memory without inactive cache, as on the webGUI's Docker page."), COUNT, ON_DEMAND
    ]
    memory_cache_bytes: Annotated[int | None, Doc("Inactive file cache, not counted as used."), COUNT, ON_DEMAND]
    memory_limit_bytes: Annotated[int | None, Doc("Memory limit; null without one."), COUNT]
    pids: Annotated[int | None, Doc("Processes and threads."), COUNT, ON_DEMAND]
    network_mode: Annotated[str | None, Doc("Docker's network mode; of another container, with its name.")]
    network: Annotated[
        ContainerTraffic | None, Doc("Traffic; null for the server's or another container's network."), ON_DEMAND
    ]
    network_shared_with: Annotated[str | None, Doc("Container whose network it uses.")]
    ports: Annotated[tuple[ContainerPort, ...], Doc("Published ports, by container port; at most 32.")]
    webui: Annotated[str | None, Doc("Address of its web page, from its label.")]
    managed_by: Annotated[str, Doc("Created by: Unraid's Docker page, compose, or other."), MANAGERS]
    compose_project: Annotated[str | None, Doc("Compose project.")]
    autostart: Annotated[bool | None, Doc("Whether Unraid starts it with Docker.")]
    autostart_wait_seconds: Annotated[int | None, Doc("Wait after its start, before the next one's."), COUNT]
    update: Annotated[str, Doc("Unraid's last check for a newer image, if it was of this one; else unknown."), UPDATES]
    update_checked_at: Annotated[str | None, Doc("When Unraid last wrote its checks down."), TIMESTAMP, MOMENT]


@dataclass(frozen=True, slots=True)
class ContainersStatus:
    """Docker and every container it knows."""

    kind: ClassVar[str] = "docker_containers"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Docker and every container it knows."

    service: Annotated[
        Service,
        Doc("State of Docker: disabled in the settings, stopped as with the array, absent if never set up."),
    ]
    image_storage: Annotated[ImageStorage | None, Doc("Space for images and containers.")]
    containers: Annotated[tuple[Container, ...], Doc("By name; empty unless Docker runs.")]
    demo: Annotated[bool, Doc("Whether these are the demo tree's recorded containers.")]
