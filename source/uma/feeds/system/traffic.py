"""Detection of physical disks and interfaces, and monotonic sums of their counters.

Only hardware has a ``device`` link in sysfs: md, dm-crypt, loop and zram have none, nor
bridges, bonds, VLANs, veth and tun. So traffic through several layers is counted once.
Facts: the kernel's ``device_add_class_symlinks``, ``drivers/nvme/host/multipath.c``,
and for NVMe paths in ``/proc/diskstats`` Atoptool/atop#157.
"""

import os
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

NOT_A_DISK = re.compile(r"(sr|fd|mtdblock)\d|mmcblk\d+(boot|rpmb|gp)")
"""Hardware that is not counted: optical drives, floppies, flash chips, and an eMMC's
areas other than its data.
"""


def is_physical_disk(sys: Path, name: str) -> bool:
    """Return True if *name* of ``/proc/diskstats`` is a whole physical disk.

    An NVMe drive with several ports has a head (``nvme0n1``) and a hidden disk per path
    (``nvme0c0n1``). The paths are used: before Linux 6.4 only they count bytes, and
    since then the head counts the same bytes.
    """
    # A partition is not in this folder but below its disk. sysfs writes a slash in a
    # name as an exclamation mark.
    link = f"{sys}/block/{name.replace('/', '!')}/device"
    return os.path.lexists(link) and not NOT_A_DISK.match(name) and not _is_multipath_head(name, link)


def is_physical_interface(sys: Path, name: str) -> bool:
    """Return True if *name* of ``/proc/net/dev`` is a network card."""
    return os.path.lexists(f"{sys}/class/net/{name}/device")


def _is_multipath_head(name: str, link: str) -> bool:
    if not name.startswith("nvme"):
        return False
    try:
        return Path(link).readlink().name.startswith("nvme-subsys")
    except OSError:
        # It vanished since the check.
        return False


class Selection:
    """The devices for which *is_wanted* holds.

    It is called when names come or go, not at every sample: a hundred containers have
    as many interfaces.
    """

    def __init__(self, is_wanted: Callable[[str], bool]) -> None:
        self._is_wanted = is_wanted
        self._names: Set[str] = frozenset()
        self._wanted: Set[str] = frozenset()

    def of(self, counters: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
        """Return the *counters* of wanted devices."""
        if counters.keys() != self._names:
            self._names = frozenset(counters)
            self._wanted = frozenset(filter(self._is_wanted, counters))
        return {name: counters[name] for name in self._wanted}


@dataclass(frozen=True, slots=True)
class Count:
    """Bytes since boot, and bytes moved since the sum began: two readings give the
    bytes in between.
    """

    total: int
    moved: int


class CounterSum:
    """The sum of one counter over devices that come and go.

    If a counter is lower than before, the kernel reset it: the earlier count stays in
    the sum. The count of a removed device stays too. If the device comes back with its
    counter intact, its sum continues.
    """

    def __init__(self) -> None:
        self._base = 0
        self._moved = 0
        self._last: dict[str, int] = {}
        self._present: Set[str] = frozenset()

    def advance(self, counters: Mapping[str, int]) -> Count:
        """Add the devices' current *counters*.

        A new device adds to the total only: it counted those bytes before it was seen.
        """
        for name, count in counters.items():
            last = self._last.get(name, 0)
            if count < last:
                self._base += last
                last = 0
            if name in self._present:
                self._moved += count - last
            self._last[name] = count
        self._present = frozenset(counters)
        return Count(self._base + sum(self._last.values()), self._moved)
