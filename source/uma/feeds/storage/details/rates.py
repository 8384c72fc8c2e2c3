"""Bytes a second that each drive reads and writes, from ``/proc/diskstats`` (kernel,
admin-guide/iostats).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from uma.feeds.files import read_optional
from uma.host import Host

SECTOR_BYTES: Final = 512
"""Bytes of a sector in diskstats, whatever the drive's sector size is."""
READ_COLUMN: Final = 5
WRITTEN_COLUMN: Final = 9

MIN_SPAN_SECONDS: Final = 1.0
"""Minimum seconds between two samples; a shorter time would make rates noisy."""

_NVME_PATH: Final = re.compile(r"(nvme\d{1,6})c\d{1,6}(n\d{1,6})")
"""A path to an NVMe drive with several ports. Before Linux 6.4 only the paths count
bytes, since then the drive counts the same bytes (Atoptool/atop#157).
"""

Traffic = tuple[int, int]
"""Bytes read and written since boot."""


def read_traffic(host: Host) -> Mapping[str, Traffic]:
    """Read every block device's traffic, by kernel name. Blocks; wakes no disk."""
    return parse_diskstats(read_optional(host.proc / "diskstats"))


def parse_diskstats(text: str) -> Mapping[str, Traffic]:
    """Parse ``/proc/diskstats``, without damaged lines. The paths to an NVMe drive
    count for the drive.
    """
    traffic: dict[str, Traffic] = {}
    by_paths: dict[str, Traffic] = {}
    for line in text.splitlines():
        columns = line.split()
        try:
            traffic[columns[2]] = (
                int(columns[READ_COLUMN]) * SECTOR_BYTES,
                int(columns[WRITTEN_COLUMN]) * SECTOR_BYTES,
            )
        except (IndexError, ValueError):
            continue
        if path := _NVME_PATH.fullmatch(columns[2]):
            read, written = by_paths.get(path[1] + path[2], (0, 0))
            of_path = traffic.pop(columns[2])
            by_paths[path[1] + path[2]] = (read + of_path[0], written + of_path[1])
    for drive, (read, written) in by_paths.items():
        own = traffic.get(drive, (0, 0))
        traffic[drive] = (max(own[0], read), max(own[1], written))
    return traffic


@dataclass(slots=True)
class Rates:
    """Rates between two samples; *at* is monotonic time."""

    _traffic: Mapping[str, Traffic] = field(default_factory=dict)
    _at: float | None = None
    samples: int = 0
    """Samples since rates were first wanted."""
    current: Mapping[str, Traffic] = field(default_factory=dict)
    """Bytes a second, read and written, by kernel name;
    empty until there are two samples.
    """

    def note(self, traffic: Mapping[str, Traffic], at: float) -> None:
        """Take a sample, unless the last one is too new. A counter that ran backwards
        gives no rate.
        """
        seconds = 0.0 if self._at is None else at - self._at
        if self._at is not None and seconds < MIN_SPAN_SECONDS:
            return
        if seconds > 0:
            self.current = {
                name: (round((read - before[0]) / seconds), round((written - before[1]) / seconds))
                for name, (read, written) in traffic.items()
                if (before := self._traffic.get(name)) is not None and read >= before[0] and written >= before[1]
            }
        self._traffic, self._at = traffic, at
        self.samples += 1

    def forget(self) -> None:
        """Drop the samples, for lack of demand."""
        self._traffic, self._at, self.current, self.samples = {}, None, {}, 0
