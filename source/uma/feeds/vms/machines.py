"""The table of virtual machines, and the message made from it."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from typing import Final

from uma.feeds.vms.model import DiskTraffic, Service, VirtualMachine, VmEvent, VmsStatus
from uma.feeds.vms.parse import (
    STATE_AFTER,
    STOPPED,
    UNKNOWN,
    Definition,
    Sample,
    action_from,
    guest_percent,
    host_percent,
    size_of,
    state_shown,
    state_word,
    uuid_text,
)
from uma.feeds.vms.protocol import Domain, DomainInfo, LifecycleEvent

INACTIVE: Final = -1


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine. ``before`` and ``now`` are its two newest samples while wanted."""

    domain: Domain
    state: str | None
    definition: Definition = UNKNOWN
    info: DomainInfo | None = None
    autostart: bool | None = None
    before: Sample | None = None
    now: Sample | None = None
    disk_io: DiskTraffic | None = None

    @property
    def is_active(self) -> bool:
        """True while its qemu process runs."""
        return self.domain.id != INACTIVE


class Machines:
    """Every machine by its UUID, and the numbering of events."""

    def __init__(self) -> None:
        self.by_uuid: dict[bytes, Machine] = {}
        self.host_cpus = 0
        self._seq = 0

    def active(self) -> list[Machine]:
        """Return the machines with a running qemu."""
        return [machine for machine in self.by_uuid.values() if machine.is_active]

    def keep_only(self, kept: Set[bytes]) -> None:
        """Forget the machines whose UUIDs are not among *kept*."""
        self.by_uuid = {uuid: machine for uuid, machine in self.by_uuid.items() if uuid in kept}

    def learn(self, domain: Domain, info: DomainInfo, definition: Definition | None) -> None:
        """Note libvirt's answers about *domain*; None keeps the known definition."""
        machine = self.by_uuid.get(domain.uuid) or Machine(domain, None)
        self.by_uuid[domain.uuid] = _without_stale_figures(
            replace(
                machine,
                domain=domain,
                state=state_word(info.state),
                info=info,
                definition=definition or machine.definition,
            )
        )

    def learn_autostart(self, uuids: Iterable[bytes]) -> None:
        """Note that exactly the machines of *uuids* start with the array."""
        starting = set(uuids)
        for uuid, machine in self.by_uuid.items():
            self.by_uuid[uuid] = replace(machine, autostart=uuid in starting)

    def take(self, event: LifecycleEvent) -> VmEvent | None:
        """Apply *event* and return its message; None if it changes nothing."""
        domain = event.domain
        known = self.by_uuid.get(domain.uuid)
        action = action_from(event.event, event.detail, was_active=known is not None and known.is_active)
        if action is None:
            return None
        before = known.state if known else None
        if event.event == STOPPED:
            # libvirt still reports the id that it had.
            domain = replace(domain, id=INACTIVE)
        state = STATE_AFTER.get("stopped" if event.event == STOPPED else action, before)
        if action == "defined" and state is None:
            state = "shutoff"
        if action == "undefined" and domain.id == INACTIVE:
            self.by_uuid.pop(domain.uuid, None)
            state = None
        else:
            machine = replace(known, domain=domain, state=state) if known else Machine(domain, state)
            self.by_uuid[domain.uuid] = _without_stale_figures(machine)
        if action == "resumed" and before != "paused":
            # A start also resumes the machine, before libvirt reports the start.
            return None
        self._seq += 1
        return VmEvent(action=action, vm_name=domain.name, uuid=uuid_text(domain.uuid), state=state, seq=self._seq)

    def measure(self, uuid: bytes, sample: Sample, disk_io: DiskTraffic | None) -> None:
        """Note figures of a machine, unless it has gone."""
        machine = self.by_uuid.get(uuid)
        if machine is not None and machine.domain.id == sample.life:
            self.by_uuid[uuid] = replace(machine, before=machine.now, now=sample, disk_io=disk_io)

    def forget_figures(self) -> None:
        """Drop figures for lack of demand."""
        for uuid, machine in self.by_uuid.items():
            self.by_uuid[uuid] = replace(machine, before=None, now=None, disk_io=None)

    def forget_states(self) -> None:
        """Keep only the identities: libvirt does not answer."""
        for uuid, machine in self.by_uuid.items():
            self.by_uuid[uuid] = replace(machine, state=None, autostart=None, before=None, now=None, disk_io=None)

    def status(self, service: Service) -> VmsStatus:
        """Return the message; without machines unless *service* runs."""
        machines = self.by_uuid.values() if service == "running" else ()
        shown = (_machine_from(machine, self.host_cpus) for machine in machines)
        return VmsStatus(service, tuple(sorted(shown, key=lambda vm: (vm.name.casefold(), vm.uuid))), demo=False)


def _without_stale_figures(machine: Machine) -> Machine:
    """Return *machine* without figures of an earlier qemu."""
    if machine.now is None or machine.now.life == machine.domain.id:
        return machine
    return replace(machine, before=None, now=None, disk_io=None)


def _machine_from(machine: Machine, host_cpus: int) -> VirtualMachine:
    info, before, now = machine.info, machine.before, machine.now
    current = now.memory_current_bytes if now else None
    if current is None and info is not None:
        current = size_of(info.memory_kib)
    return VirtualMachine(
        name=machine.domain.name,
        uuid=uuid_text(machine.domain.uuid),
        state=machine.state,
        state_shown=state_shown(machine.state),
        autostart=machine.autostart,
        vcpus=info.vcpus if info else None,
        cpu_percent=guest_percent(before, now) if before and now else None,
        host_cpu_percent=host_percent(before, now, host_cpus) if before and now else None,
        memory_used_bytes=now.memory_used_bytes if now else None,
        memory_current_bytes=current,
        memory_max_bytes=size_of(info.maximum_kib) if info else None,
        disk_io=machine.disk_io,
        network_io=now.network_io if now else None,
        template=machine.definition.template,
    )
