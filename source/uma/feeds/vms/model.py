"""Virtual machines, as libvirt knows them and as the webGUI shows them."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from uma.feeds.feed import COUNT, ON_DEMAND, PERCENT, SERIAL, Doc, KnownWords, Matching, Words

Service = Literal["running", "stopped", "disabled", "absent"]

STATES = KnownWords("nostate", "running", "blocked", "paused", "shutdown", "shutoff", "crashed", "pmsuspended")
SHOWN = Words("started", "paused", "stopped")
ACTIONS = Words(
    "defined", "undefined", "started", "suspended", "resumed", "stopped", "shutdown", "crashed", "pmsuspended"
)
UUID = Matching(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@dataclass(frozen=True, slots=True)
class DiskTraffic:
    """Bytes that one virtual machine has read and written since it started."""

    about: ClassVar[str] = "Disk traffic of one virtual machine since it started, CD-ROM drives left out."

    read_bytes: Annotated[int, Doc("Bytes read."), COUNT]
    write_bytes: Annotated[int, Doc("Bytes written."), COUNT]


@dataclass(frozen=True, slots=True)
class NetworkTraffic:
    """Bytes that one virtual machine has sent and received since it started."""

    about: ClassVar[str] = "Network traffic of one virtual machine since it started."

    bytes_sent: Annotated[int, Doc("Bytes sent."), COUNT]
    bytes_recv: Annotated[int, Doc("Bytes received."), COUNT]


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """One virtual machine. A field is None if it is not known now."""

    about: ClassVar[str] = "One virtual machine. What is not known now is null."

    name: Annotated[str, Doc("Name, as libvirt has it.")]
    uuid: Annotated[str, Doc("Stable identity."), UUID]
    state: Annotated[str | None, Doc("State, in libvirt's word; null while libvirt does not answer."), STATES]
    state_shown: Annotated[str | None, Doc("State, in the webGUI's word."), SHOWN]
    autostart: Annotated[bool | None, Doc("Whether it starts with the array.")]
    vcpus: Annotated[int | None, Doc("Virtual CPUs."), COUNT]
    cpu_percent: Annotated[float | None, Doc("Use of its virtual CPUs, as the webGUI's guest CPU."), PERCENT, ON_DEMAND]
    host_cpu_percent: Annotated[float | None, Doc("Share of the whole server's CPUs."), PERCENT, ON_DEMAND]
    memory_used_bytes: Annotated[int | None, Doc("Memory that qemu holds of the current amount."), COUNT, ON_DEMAND]
    memory_current_bytes: Annotated[int | None, Doc("Memory that it has now."), COUNT]
    memory_max_bytes: Annotated[int | None, Doc("Memory that it may have."), COUNT]
    disk_io: Annotated[DiskTraffic | None, Doc("Disk traffic since it started."), ON_DEMAND]
    network_io: Annotated[NetworkTraffic | None, Doc("Network traffic since it started."), ON_DEMAND]
    template: Annotated[str | None, Doc("Template that it was made from, such as Windows 11.")]


@dataclass(frozen=True, slots=True)
class VmsStatus:
    """The virtual machine service and every machine it knows."""

    kind: ClassVar[str] = "vms_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "The virtual machine service and every machine it knows."

    service: Annotated[
        Service,
        Doc("State of the service: disabled in the settings, stopped as with the array, absent if never set up."),
    ]
    vms: Annotated[tuple[VirtualMachine, ...], Doc("By name; empty unless the service runs.")]
    demo: Annotated[bool, Doc("Whether these are the demo tree's recorded machines.")]


@dataclass(frozen=True, slots=True)
class VmEvent:
    """One change in the life of a virtual machine, as libvirt reports it."""

    kind: ClassVar[str] = "vm_event"
    retained: ClassVar[bool] = False
    about: ClassVar[str] = "One change in the life of a virtual machine."

    action: Annotated[str, Doc("The change; crashed if qemu ended by itself or the guest panicked."), ACTIONS]
    vm_name: Annotated[str, Doc("Name, as libvirt has it.")]
    uuid: Annotated[str, Doc("Stable identity."), UUID]
    state: Annotated[str | None, Doc("State after it, in libvirt's word; null for a machine that is gone."), STATES]
    seq: Annotated[int, Doc("Rises by one with each event of one daemon life."), SERIAL]
