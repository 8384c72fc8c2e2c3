"""Mounted file systems, as ``/proc/mounts`` lists them (proc(5)):
``/dev/sda1 /boot vfat rw,noatime 0 0``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system: its device, and its options, such as ``ro``."""

    device: str
    options: tuple[str, ...]


def parse_mounts(text: str, folder: str) -> Mount | None:
    """Return what is mounted last at *folder*, from ``/proc/mounts``."""
    mount = None
    for line in text.splitlines():
        device, place, _, options, *_ = [*line.split(" "), "", "", "", ""]
        if place.replace("\\040", " ") == folder:
            mount = Mount(device, tuple(filter(None, options.split(","))))
    return mount
