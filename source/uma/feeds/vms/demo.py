"""Virtual machines of a demo tree: a recording with changing figures.

It is read only below a movable root, from ``demo/vms.json``; the message is marked.
"""

import msgspec

from uma.feeds.recording import read_recording, swing
from uma.feeds.vms.model import DiskTraffic, NetworkTraffic, VirtualMachine, VmsStatus
from uma.feeds.vms.parse import state_shown
from uma.host import Host


class _Recorded(msgspec.Struct):
    """One machine with mean figures."""

    name: str
    uuid: str
    state: str
    autostart: bool
    vcpus: int
    memory_bytes: int
    template: str
    cpu_percent: float
    memory_used_bytes: int
    read_per_sec: int
    written_per_sec: int
    sent_per_sec: int
    recv_per_sec: int


class _Demo(msgspec.Struct):
    host_cpus: int
    vms: list[_Recorded]


def read_demo(host: Host, seconds: float) -> VmsStatus | None:
    """Return the demo's machines at *seconds* of a clock; None without a recording.
    Blocks.
    """
    demo = read_recording(host, "vms", _Demo)
    if demo is None:
        return None
    return VmsStatus("running", tuple(_machine_from(each, demo.host_cpus, seconds) for each in demo.vms), demo=True)


def _machine_from(recorded: _Recorded, host_cpus: int, seconds: float) -> VirtualMachine:
    is_active = recorded.state in {"running", "paused"}
    cpu = min(100.0, swing(recorded.cpu_percent, seconds, recorded.name, share=0.5))
    return VirtualMachine(
        name=recorded.name,
        uuid=recorded.uuid,
        state=recorded.state,
        state_shown=state_shown(recorded.state),
        autostart=recorded.autostart,
        vcpus=recorded.vcpus,
        cpu_percent=round(cpu, 1) if is_active else None,
        host_cpu_percent=round(cpu * recorded.vcpus / host_cpus, 1) if is_active else None,
        memory_used_bytes=recorded.memory_used_bytes if is_active else None,
        memory_current_bytes=recorded.memory_bytes,
        memory_max_bytes=recorded.memory_bytes,
        disk_io=DiskTraffic(
            read_bytes=round(recorded.read_per_sec * seconds),
            write_bytes=round(recorded.written_per_sec * seconds),
        )
        if is_active
        else None,
        network_io=NetworkTraffic(
            bytes_sent=round(recorded.sent_per_sec * seconds),
            bytes_recv=round(recorded.recv_per_sec * seconds),
        )
        if is_active
        else None,
        template=recorded.template,
    )
