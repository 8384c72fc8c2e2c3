"""Containers of a demo tree: recorded inspects of Docker, with changing figures.

They are read only below a movable root, from ``demo/containers.json``; the message is
marked.
"""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from uma.feeds.docker.containers.figures import Figures
from uma.feeds.docker.containers.model import ContainersStatus, ContainerTraffic, ImageStorage
from uma.feeds.docker.containers.parse import parse_inspected
from uma.feeds.docker.containers.table import Containers
from uma.feeds.docker.containers.unraid import read_unraid_files
from uma.feeds.recording import read_recording, swing
from uma.host import Host


class _Recorded(msgspec.Struct):
    """Mean figures of one container."""

    cpu_cores: float = 0.0
    memory_bytes: int = 0
    cache_bytes: int = 0
    pids: int = 0
    sent_per_sec: int | None = None
    recv_per_sec: int | None = None


class _Demo(msgspec.Struct):
    cpus: int
    image_storage: ImageStorage
    inspected: list[msgspec.Raw]
    figures: dict[str, _Recorded]


def read_demo(host: Host, seconds: float) -> ContainersStatus | None:
    """Return the demo tree's containers at *seconds* of a clock; None without a
    recording. Blocks.
    """
    demo = read_recording(host, "containers", _Demo)
    if demo is None:
        return None
    table = Containers()
    table.files = read_unraid_files(host)
    table.image_storage = demo.image_storage
    for raw in demo.inspected:
        if (record := parse_inspected(bytes(raw))) is not None:
            table.records[record.id] = record
    table.show({r.id: _figures(demo.figures, r.name, demo.cpus, seconds) for r in table.records.values() if r.pid})
    return replace(table.status(), demo=True)


def _figures(recorded: Mapping[str, _Recorded], name: str, cpus: int, seconds: float) -> Figures:
    mean = recorded.get(name, _Recorded())
    factor = swing(1.0, seconds, name, share=0.4)
    cores = mean.cpu_cores * factor
    network = None
    if mean.sent_per_sec is not None and mean.recv_per_sec is not None:
        network = ContainerTraffic(
            bytes_sent=round(mean.sent_per_sec * seconds),
            bytes_recv=round(mean.recv_per_sec * seconds),
            bytes_sent_per_sec=round(mean.sent_per_sec * factor),
            bytes_recv_per_sec=round(mean.recv_per_sec * factor),
        )
    return Figures(
        cpu_percent=round(100 * cores / cpus, 2),
        cpu_cores_used=round(cores, 3),
        memory_used_bytes=round(mean.memory_bytes * (0.95 + 0.05 * factor)),
        memory_cache_bytes=mean.cache_bytes,
        pids=mean.pids,
        network=network,
    )
