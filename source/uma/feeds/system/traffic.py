"""Detection of physical disks and interfaces, and monotonic sums of their counters.

Only hardware has a ``device`` link in sysfs: md, dm-crypt, loop and zram have none, nor
bridges, bonds, VLANs, veth and tun. So what passes through several layers is counted
once. Facts: the kernel's ``device_add_class_symlinks``,
``drivers/nvme/host/multipath.c``, and for NVMe paths in ``/proc/diskstats``
Atoptool/atop#157.
"""

import os
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

NOT_A_DISK = re.compile(r"(sr|fd|mtdblock)\d|mmcblk\d+(boot|rpmb|gp)")
"""Hardware all the same, but optical drives, floppies, flash chips,
and an eMMC's areas beside the one for data.
"""


def is_physical_disk(sys: Path, name: str) -> bool:
    """Return True if *name* of ``/proc/diskstats`` is a whole physical disk.

    An NVMe drive with several ports has a head (``nvme0n1``) and a hidden disk per path
    (``nvme0c0n1``). Of these the paths are taken: before Linux 6.4 only they count, and
    since then they and the head count the same bytes.
    """
    # A partition is not in this folder, only below its disk; sysfs writes a name's
    # slash as an exclamation mark.
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
        # Gone since it was looked for.
        return False


class Selection:
    """The devices for which *is_wanted* holds.

    A name is asked about when names come or go, and not at every sample: a hundred
    containers have as many interfaces.
    """

    def __init__(self, is_wanted: Callable[[str], bool]) -> None:
        self._is_wanted = is_wanted
        self._names: Set[str] = frozenset()
        self._wanted: Set[str] = frozenset()

    def of(self, counters: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
        """Those of *counters* that are wanted."""
        if counters.keys() != self._names:
            self._names = frozenset(counters)
            self._wanted = frozenset(filter(self._is_wanted, counters))
        return {name: counters[name] for name in self._wanted}


@dataclass(frozen=True, slots=True)
class Count:
    """Bytes since boot, and bytes moved while there was demand: two readings
    tell what did between them.
    """

    total: int
    moved: int


class CounterSum:
    """The sum of one counter over devices that come and go.

    A counter that is lower than before was reset by the kernel: what it had
    counted stays in the sum. So does the count of a device that goes; if it comes back
    with its counter intact, its sum continues.
    """

    def __init__(self) -> None:
        self._base = 0
        self._moved = 0
        self._last: dict[str, int] = {}
        self._present: Set[str] = frozenset()

    def advance(self, counters: Mapping[str, int]) -> Count:
        """Add the devices' current *counters*.

        A newcomer adds to the total only: what it counted before it was
        seen did not move since.
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
