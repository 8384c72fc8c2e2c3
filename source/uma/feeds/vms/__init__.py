"""Virtual machines: states, figures and events, from libvirt."""

from collections.abc import Callable, Iterable
from typing import Any

from uma.feeds.feed import (
    IN_GIBIBYTES,
    IN_PERCENT,
    MEASUREMENT,
    Context,
    Counter,
    Device,
    Entity,
    Feed,
    Gauge,
    Metric,
    Sample,
    Source,
    Switch,
    as_words,
    event,
    in_list,
    one_word,
    path,
    ratio,
    scaled,
    sensor,
    show,
    words_of,
)
from uma.feeds.vms.model import ACTIONS, SHOWN, VirtualMachine, VmEvent, VmsStatus

GIB = 1 << 30


def _source(context: Context) -> Source:
    from uma.feeds.vms.source import VmsSource  # noqa: PLC0415 - only while it is on

    return VmsSource(context)


def _each(value: Callable[[VirtualMachine], float | None]) -> Callable[[Any], Iterable[Sample]]:
    """Return a function that gives *value* of each machine, by its name."""
    return lambda status: [({"vm": vm.name}, value(vm)) for vm in status.vms]


def _is_running(vm: VirtualMachine) -> float | None:
    return None if vm.state_shown is None else float(vm.state_shown == "started")


METRICS: tuple[Metric, ...] = (
    Gauge("uma_vm_running", "Whether the virtual machine runs.", _each(_is_running)),
    Gauge("uma_vm_cpus", "Virtual CPUs.", _each(lambda vm: vm.vcpus)),
    Gauge("uma_vm_cpu_usage_ratio", "Use of the virtual CPUs.", _each(lambda vm: ratio(vm.cpu_percent))),
    Gauge(
        "uma_vm_host_cpu_usage_ratio",
        "Share of all the server's CPUs.",
        _each(lambda vm: ratio(vm.host_cpu_percent)),
    ),
    Gauge("uma_vm_memory_used_bytes", "Memory that qemu holds.", _each(lambda vm: vm.memory_used_bytes)),
    Gauge(
        "uma_vm_memory_size_bytes",
        "Memory that the virtual machine has now.",
        _each(lambda vm: vm.memory_current_bytes),
    ),
    Counter(
        "uma_vm_read_bytes_total",
        "Bytes read from the virtual machine's disks.",
        _each(lambda vm: vm.disk_io.read_bytes if vm.disk_io else None),
    ),
    Counter(
        "uma_vm_written_bytes_total",
        "Bytes written to the virtual machine's disks.",
        _each(lambda vm: vm.disk_io.write_bytes if vm.disk_io else None),
    ),
    Counter(
        "uma_vm_received_bytes_total",
        "Bytes that the virtual machine received.",
        _each(lambda vm: vm.network_io.bytes_recv if vm.network_io else None),
    ),
    Counter(
        "uma_vm_sent_bytes_total",
        "Bytes that the virtual machine sent.",
        _each(lambda vm: vm.network_io.bytes_sent if vm.network_io else None),
    ),
)


def _entities(status: VmsStatus) -> list[Entity] | None:
    """Return the entities; None while a stopped service hides the machines."""
    if status.service == "stopped":
        return None
    running = f"{path('vms')} | selectattr('state_shown', 'eq', 'started') | list | count"
    entities = [sensor("vms_running", "Virtual machines running", show(running), MEASUREMENT, "mdi:monitor")]
    for vm in status.vms:
        entities += _entities_of(vm)
    return entities


def _entities_of(vm: VirtualMachine) -> list[Entity]:
    key = f"vm_{vm.uuid.replace('-', '')}"
    device = Device(key, f"VM {vm.name}", "Virtual machine")

    def of(attribute: str) -> str:
        return in_list("vms", "uuid", vm.uuid, attribute)

    words = words_of(SHOWN)
    state = one_word(of("state_shown"), words, otherwise="None")
    return [
        sensor(f"{key}_state", "State", state, as_words(words), "mdi:monitor", device),
        sensor(f"{key}_cpu", "CPU usage", show(of("cpu_percent")), IN_PERCENT, "mdi:cpu-64-bit", device),
        sensor(f"{key}_memory", "Memory used", scaled(of("memory_used_bytes"), GIB, 2), IN_GIBIBYTES, None, device),
    ]


FEEDS = (
    Feed(
        name="vms/status",
        title="Virtual machines",
        summary="Every virtual machine: at once, every 30 s, and within 1 s of a change; figures every 5 s.",
        message=VmsStatus,
        source=_source,
        switch=Switch("VMS_STATUS", "Virtual machines", "State and figures of each virtual machine, from libvirt."),
        metrics=METRICS,
        entities=_entities,
        layout=lambda status: (status.service, tuple((vm.uuid, vm.name) for vm in status.vms)),
        facts=lambda status: (status.service, tuple((vm.uuid, vm.state) for vm in status.vms)),
        panel="panels/vms.js",
    ),
    Feed(
        name="vms/events",
        title="Virtual machine events",
        summary="Each change in a virtual machine's life, as libvirt reports it.",
        message=VmEvent,
        source=_source,
        switch=Switch("VMS_EVENTS", "Virtual machine events", "Each start, stop, pause and crash, as it occurs."),
        interval=None,
        entities=(
            event(
                "vm_event",
                "Virtual machines",
                "{% set event = value_json.data %}{{ {'event_type': event.action, 'vm': event.vm_name, "
                "'state': event.state} | to_json }}",
                words_of(ACTIONS),
                "mdi:monitor",
            ),
        ),
    ),
)
