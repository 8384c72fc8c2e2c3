"""Metric families of virtual machines, one series for each machine."""

from collections.abc import Callable, Iterable
from typing import Any

from uma.feeds.feed import Counter, Gauge, Metric, Sample, ratio
from uma.feeds.vms.model import VirtualMachine


def _each(value: Callable[[VirtualMachine], float | None]) -> Callable[[Any], Iterable[Sample]]:
    """Return a function that yields *value* of each machine, by name."""
    return lambda status: [({"vm": vm.name}, value(vm)) for vm in status.vms]


def _is_running(vm: VirtualMachine) -> float | None:
    return None if vm.state_shown is None else float(vm.state_shown == "started")


METRICS: tuple[Metric, ...] = (
    Gauge("uma_vm_running", "1 if the virtual machine runs, 0 if not.", _each(_is_running)),
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
