"""Folders as in sysfs, for GPUs."""

import struct
from pathlib import Path

VENDORS = {"nvidia": "0x10de", "intel": "0x8086", "amd": "0x1002", "aspeed": "0x1a03"}


def add_gpu(
    root: Path, address: str, vendor: str, driver: str | None, *, power: str | None = "active", **files
) -> Path:
    """Add a GPU; attributes by name, double underscores as slashes."""
    folder = root / "sys/bus/pci/devices" / address
    folder.mkdir(parents=True)
    attributes = {"class": "0x030000", "vendor": VENDORS[vendor], "power__runtime_status": power}
    for name, text in (attributes | files).items():
        if text is not None:
            path = folder / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text) if isinstance(text, bytes) else path.write_text(f"{text}\n")
    if driver is not None:
        (folder / "driver").symlink_to(f"../../drivers/{driver}")
    return folder


def card_metrics(revision: int = 3, **changes) -> bytes:
    """gpu_metrics 1.x: of a card."""
    values = {"temperature": 52, "video": 12, "watts": 85, "mhz": 2100, "rpm": 1200} | changes
    data = bytearray(120)
    struct.pack_into("<HBB", data, 0, len(data), 1, revision)
    at = 16 if revision == 0 else 4
    for offset, name in ((at, "temperature"), (at + 16, "video"), (at + 18, "watts"), (54, "mhz"), (72, "rpm")):
        struct.pack_into("<H", data, offset, values[name])
    return bytes(data)


def apu_metrics(layout: int = 2) -> bytes:
    """gpu_metrics 2.x or 3.0: of a processor with graphics; 45.5 °C, 18 W, 800 MHz, video 23.5 % (3.0) or none."""
    data = bytearray(264)
    struct.pack_into("<HBB", data, 0, len(data), layout, 2 if layout == 2 else 0)
    struct.pack_into("<H", data, 4, 4550)
    if layout == 2:
        struct.pack_into("<H", data, 30, 0xFFFF)
        struct.pack_into("<H", data, 40, 18000)
        struct.pack_into("<H", data, 76, 800)
    else:
        struct.pack_into("<H", data, 44, 2350)
        struct.pack_into("<I", data, 112, 18000)
        struct.pack_into("<H", data, 174, 800)
    return bytes(data)
