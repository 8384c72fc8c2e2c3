"""The server as a whole: the summary, its identity, and the daemon's health."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import CELSIUS, COUNT, MOMENT, PERCENT, Doc, KnownWords, Words

SEVERITY = Words("ok", "notice", "warning", "critical")


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of the server."""

    about: ClassVar[str] = "One problem of the server."

    severity: Annotated[str, Doc("How bad it is."), Words("notice", "warning", "critical")]
    subject: Annotated[str, Doc("The slot, pool, container, UPS or source it is about.")]
    text: Annotated[str, Doc("A sentence for a person.")]


@dataclass(frozen=True, slots=True)
class DiskCounts:
    """Disks of the array, the pools and parity, counted."""

    about: ClassVar[str] = "Disks of the array, the pools and parity, counted."

    total: Annotated[int, Doc("All of them."), COUNT]
    hot: Annotated[int, Doc("Those above a temperature limit."), COUNT]
    failed: Annotated[int, Doc("Those that are disabled, wrong or invalid, or whose SMART failed."), COUNT]
    missing: Annotated[int, Doc("Those that are gone."), COUNT]
    asleep: Annotated[int, Doc("Those that are spun down."), COUNT]
    nearly_full: Annotated[int, Doc("Those above a usage limit."), COUNT]


@dataclass(frozen=True, slots=True)
class HottestDisk:
    """The hottest disk."""

    about: ClassVar[str] = "The hottest disk that is awake."

    name: Annotated[str, Doc("Its slot.")]
    temperature: Annotated[int, Doc("°C."), CELSIUS]


@dataclass(frozen=True, slots=True)
class FullestDisk:
    """The fullest disk or pool."""

    about: ClassVar[str] = "The fullest disk or pool."

    name: Annotated[str, Doc("Its slot, or the pool's name.")]
    usage_percent: Annotated[float, Doc("Space used, in percent."), PERCENT]


@dataclass(frozen=True, slots=True)
class ContainerCounts:
    """Containers, counted."""

    about: ClassVar[str] = "Containers, counted."

    running: Annotated[int, Doc("Those that run."), COUNT]
    unhealthy: Annotated[int, Doc("Those whose health check fails."), COUNT]
    stopped_by_error: Annotated[int, Doc("Those that ended with an error, or keep restarting."), COUNT]


@dataclass(frozen=True, slots=True)
class ServerSummary:
    """Summary message for clients that watch many servers: at most 1,000 bytes."""

    kind: ClassVar[str] = "server_summary"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "State of one server and its problems in at most 1,000 bytes."

    id: Annotated[str | None, Doc("The server's id: 32 hexadecimal digits, made once.")]
    name: Annotated[str, Doc("The server's name in Unraid.")]
    site: Annotated[str, Doc("The word that groups servers, from the setting SITE; empty without one.")]
    webgui_url: Annotated[str | None, Doc("The address of Unraid's webGUI.")]
    version: Annotated[str, Doc("UMA's version.")]
    unraid_version: Annotated[str | None, Doc("Unraid's version.")]
    booted_at: Annotated[str | None, Doc("When the server booted."), MOMENT]
    severity: Annotated[str, Doc("The worst finding's severity, ok without any."), SEVERITY]
    findings: Annotated[tuple[Finding, ...], Doc("Problems, the worst first, at most 5.")]
    findings_more: Annotated[int, Doc("Findings that are not listed."), COUNT]
    array_status: Annotated[str | None, Doc("As in storage/status.")]
    array_protection: Annotated[str | None, Doc("As in storage/status.")]
    parity_percent: Annotated[float | None, Doc("Progress of the parity operation; null while none runs."), PERCENT]
    parity_action: Annotated[
        str | None, Doc("Kind of the parity operation, as in storage/status; null while none runs.")
    ]
    disks: Annotated[DiskCounts | None, Doc("Disks, counted; null while they are not known.")]
    hottest: Annotated[HottestDisk | None, Doc("The hottest disk that is awake.")]
    fullest: Annotated[FullestDisk | None, Doc("The fullest disk or pool.")]
    cpu_percent: Annotated[float | None, Doc("Use of all CPUs."), PERCENT]
    memory_percent: Annotated[float | None, Doc("Memory in use."), PERCENT]
    ups_on_battery: Annotated[bool | None, Doc("Whether a UPS runs on battery; null without a UPS.")]
    containers: Annotated[ContainerCounts | None, Doc("Containers, counted; null while Docker is not there.")]
    unread_alerts: Annotated[int | None, Doc("Unread alerts of Unraid's own; null if not known."), COUNT]


@dataclass(frozen=True, slots=True)
class Cpu:
    """The processor."""

    about: ClassVar[str] = "The processor."

    model: Annotated[str | None, Doc("Its name.")]
    sockets: Annotated[int | None, Doc("Packages."), COUNT]
    cores: Annotated[int | None, Doc("Cores of all packages."), COUNT]
    threads: Annotated[int | None, Doc("Logical CPUs."), COUNT]
    performance_cores: Annotated[int | None, Doc("Performance cores of a hybrid CPU, else null."), COUNT]
    efficiency_cores: Annotated[int | None, Doc("Efficiency cores of a hybrid CPU, else null."), COUNT]


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory modules."""

    about: ClassVar[str] = "The memory modules, as the firmware describes them."

    installed_bytes: Annotated[int | None, Doc("Size of all modules."), COUNT]
    maximum_bytes: Annotated[int | None, Doc("What the board takes."), COUNT]
    type: Annotated[str | None, Doc("DDR4, DDR5, …")]
    ecc: Annotated[bool | None, Doc("Whether the memory corrects errors.")]


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Identity of this server, for discovery and for clients of several servers."""

    kind: ClassVar[str] = "server_info"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Identity of this server. Without a token it has id, name, version and auth only."

    id: Annotated[str | None, Doc("The server's id: 32 hexadecimal digits, created once, not a secret.")]
    name: Annotated[str, Doc("The server's name in Unraid.")]
    version: Annotated[str, Doc("UMA's version.")]
    unraid_version: Annotated[str | None, Doc("Unraid's version.")]
    webgui_url: Annotated[str | None, Doc("The address of Unraid's webGUI.")]
    auth: Annotated[str, Doc("Whether a token is needed."), Words("none", "token")]
    control: Annotated[bool, Doc("Whether containers may be controlled.")]
    feeds: Annotated[tuple[str, ...], Doc("The feeds that are on.")]
    model: Annotated[str | None, Doc("The machine's model, as Unraid has it.")]
    board: Annotated[str | None, Doc("The main board.")]
    bios: Annotated[str | None, Doc("The firmware's vendor, version and date.")]
    kernel: Annotated[str | None, Doc("The kernel's version.")]
    licence: Annotated[str | None, Doc("The kind of Unraid's licence: Basic, Plus, Pro, Lifetime, …")]
    cpu: Annotated[Cpu, Doc("The processor.")]
    memory: Annotated[Memory, Doc("The memory modules.")]


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source, as it last reported."""

    about: ClassVar[str] = "State of one source."

    status: Annotated[str, Doc("State."), KnownWords("ok", "unavailable", "failed", "starting")]
    detail: Annotated[str, Doc("The same as a sentence.")]
    since: Annotated[str | None, Doc("Since when."), MOMENT]


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """Health of the daemon and its sources."""

    kind: ClassVar[str] = "server_health"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "State of the daemon and its sources, when it changes."

    status: Annotated[str, Doc("degraded if a source failed or a stream is stale."), Words("healthy", "degraded")]
    service: Annotated[str, Doc("Always uma.")]
    version: Annotated[str, Doc("UMA's version.")]
    started_at: Annotated[str, Doc("When the daemon started."), MOMENT]
    sources: Annotated[Mapping[str, SourceState], Doc("Each enabled source.")]
    stale: Annotated[tuple[str, ...], Doc("Feeds whose newest message is older than three intervals.")]
