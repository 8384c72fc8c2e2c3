"""The file system of /boot, on which Unraid keeps all settings.

The kernel mounts a failing flash drive read-only. Nothing can be saved then, and the
next boot may fail; the webGUI's scripts/monitor alerts for it, too.
"""

from typing import Final

from uma.feeds.files import read_optional
from uma.host import Host

READ_ONLY: Final = "ro"
MOUNT_FIELDS: Final = 4


def read_is_read_only(host: Host) -> bool | None:
    """Read whether /boot is mounted read-only; None if it is not mounted. Blocks."""
    return parse_read_only(read_optional(host.proc / "self/mounts"), str(host.root / "boot"))


def parse_read_only(text: str, folder: str) -> bool | None:
    """Parse ``/proc/mounts`` (proc(5)): ``/dev/sda1 /boot vfat rw,noatime 0 0``. The
    last mount at *folder* counts.
    """
    is_read_only = None
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) >= MOUNT_FIELDS and fields[1] == folder:
            is_read_only = READ_ONLY in fields[3].split(",")
    return is_read_only
