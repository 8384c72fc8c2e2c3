"""Space of the file system that holds Docker's images and containers.

Facts: emhttp/plugins/dynamix/scripts/monitor of unraid/webgui, which also checks for a
mount point: without one the figures would describe the root file system. statfs(2)
wakes no disk.
"""

import math
import os
from pathlib import Path
from typing import Final

from uma.feeds.display import read_display, usage_level, usage_limits
from uma.feeds.docker.containers.model import ImageStorage
from uma.feeds.docker.containers.unraid import docker_folder
from uma.feeds.ini_values import Section
from uma.feeds.mounts import parse_mounts
from uma.host import Host

VDISK: Final = "vdisk"


def read_image_storage(host: Host) -> ImageStorage | None:
    """Return the space of Docker's file system;
    None unless it is a mount point. Blocks.
    """
    folder = docker_folder(host)
    try:
        mounts = (host.proc / "self/mounts").read_text(errors="replace")
    except OSError:
        return None
    mount = parse_mounts(mounts, str(folder))
    if mount is None:
        return None
    try:
        status = os.statvfs(folder)
    except OSError:
        return None
    return image_storage_from(mount.device, status, read_display(host))


def image_storage_from(device: str, status: os.statvfs_result, display: Section) -> ImageStorage | None:
    """Return the figures of a file system as df counts them, judged by the webGUI's
    [display] settings.
    """
    used, free = status.f_blocks - status.f_bfree, status.f_bavail
    if status.f_blocks <= 0 or used < 0 or used + free <= 0:
        return None
    kind = VDISK if Path(device).name.startswith("loop") else "folder"
    percent = min(100.0, 100 * used / (used + free))
    return ImageStorage(
        kind=kind,
        size_bytes=status.f_blocks * status.f_frsize,
        used_bytes=used * status.f_frsize,
        usage_percent=round(percent, 1),
        usage_state=usage_state(percent, display) if kind == VDISK else None,
    )


def usage_state(percent: float, display: Section) -> str:
    """Return ok, warning or critical (at its limit or above); df rounds *percent* up.
    A limit of 0 is off.
    """
    return usage_level(math.ceil(percent), usage_limits(display))
