"""AMD's GPUs by sysfs. hwmon is not read: ``gpu_metrics`` has the same values in one
read.
"""

from dataclasses import replace
from pathlib import Path

from uma.feeds.files import read_attribute
from uma.feeds.gpu.devices import Device
from uma.feeds.gpu.parse import Figures, parse_gpu_metrics, parse_whole

MAX_METRICS_BYTES = 4096
MAX_MEMORY_BYTES = 2**50

RAVEN = frozenset({"0x15d8", "0x15dd"})
"""PCI ids of Raven, Raven2 and Picasso (Ryzen 2000G to 3000G, Athlon 200GE to 3000G).
Some always report a load of 100 % (drm/amd#1932, aristocratos/btop#914).
"""
STUCK_PERCENT = 100


def read_amd(device: Device) -> Figures:
    """Return the figures of *device*, which must be awake: each of these reads would
    wake it.
    """
    metrics = parse_gpu_metrics(_read_bytes(device.path / "gpu_metrics"))
    busy = parse_whole(read_attribute(device.path / "gpu_busy_percent"), 100)
    if busy == STUCK_PERCENT and read_attribute(device.path / "device") in RAVEN:
        busy = None
    engines = {**({} if busy is None else {"render": float(busy)}), **metrics.engines}
    return replace(
        metrics,
        busy_percent=max(engines.values(), default=None),
        engines=engines,
        memory_used_bytes=parse_whole(read_attribute(device.path / "mem_info_vram_used"), MAX_MEMORY_BYTES),
        memory_total_bytes=parse_whole(read_attribute(device.path / "mem_info_vram_total"), MAX_MEMORY_BYTES),
    )


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_METRICS_BYTES)
    except OSError:
        return b""
