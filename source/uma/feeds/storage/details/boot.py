"""The file system of /boot, on which Unraid keeps all settings.

The kernel mounts a failing flash drive read-only. Nothing can be saved then, and the
next boot may fail; the webGUI's scripts/monitor alerts for it, too.
"""

from typing import Final

from uma.feeds.files import read_optional
from uma.feeds.mounts import parse_mounts
from uma.host import Host

READ_ONLY: Final = "ro"


def read_is_read_only(host: Host) -> bool | None:
    """Read whether /boot is mounted read-only; None if it is not mounted. Blocks."""
    return parse_read_only(read_optional(host.proc / "self/mounts"), str(host.root / "boot"))


def parse_read_only(text: str, folder: str) -> bool | None:
    """Return whether *folder* is mounted read-only, from ``/proc/mounts``; None if it
    is not mounted.
    """
    mount = parse_mounts(text, folder)
    return READ_ONLY in mount.options if mount is not None and mount.options else None
