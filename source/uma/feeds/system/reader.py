"""Readings of the machine's own numbers, with sums of counters that never fall.

psutil reads memory, disks and interfaces below the host's ``proc``. UMA reads the rest:

* Processors: psutil drops their numbers, so an offline processor shifts the others.
* Load and uptime: psutil always reads the running machine's, even with another root.
* Temperature: psutil also reads the drives' sensors (see ``hwmon``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from uma.errors import SourceFailed
from uma.feeds.files import read_kernel_text
from uma.feeds.system.hwmon import CpuSensor
from uma.feeds.system.procfs import CpuTimes, parse_arc, parse_cpu_times, parse_numbers
from uma.feeds.system.traffic import Count, CounterSum, Selection, is_physical_disk, is_physical_interface
from uma.host import Host


@dataclass(frozen=True, slots=True)
class Reading:
    """All values of one moment, *at* a monotonic time."""

    at: float
    cpu_times: CpuTimes
    cpu_temperature: float | None
    memory_used: int
    memory_total: int
    uptime: int
    load_average: tuple[float, float, float]
    disk_read: Count
    disk_written: Count
    sent: Count
    received: Count


class Reader:
    """Reader of the *host*, with the state that keeps a sum of counters rising."""

    def __init__(self, host: Host, clock: Callable[[], float]) -> None:
        self._host = host
        self._clock = clock
        self._sensor = CpuSensor(host.sys, clock)
        self._disks = Selection(partial(is_physical_disk, host.sys))
        self._cards = Selection(partial(is_physical_interface, host.sys))
        self._disk_read = CounterSum()
        self._disk_written = CounterSum()
        self._sent = CounterSum()
        self._received = CounterSum()

    def read(self) -> Reading:
        """Read everything. Raises SourceFailed without processors or memory; any other
        missing value is 0.
        """
        proc = self._host.proc
        # psutil's only global setting. It is set at each read, since tests have several
        # hosts in one process.
        psutil.PROCFS_PATH = str(proc)
        memory_used, memory_total = read_memory(proc)
        disks = self._disks.of(read_disks(proc))
        cards = self._cards.of(read_interfaces())
        one, five, fifteen = parse_numbers(read_text(proc / "loadavg"), 3)
        return Reading(
            at=self._clock(),
            cpu_times=read_cpu_times(proc),
            cpu_temperature=self._sensor.read(),
            memory_used=memory_used,
            memory_total=memory_total,
            uptime=int(parse_numbers(read_text(proc / "uptime"), 1)[0]),
            load_average=(one, five, fifteen),
            disk_read=self._disk_read.advance({name: read for name, (read, _) in disks.items()}),
            disk_written=self._disk_written.advance({name: written for name, (_, written) in disks.items()}),
            sent=self._sent.advance({name: sent for name, (sent, _) in cards.items()}),
            received=self._received.advance({name: received for name, (_, received) in cards.items()}),
        )


def read_cpu_times(proc: Path) -> CpuTimes:
    """Read the ticks of each processor. Raises SourceFailed."""
    try:
        return parse_cpu_times(read_kernel_text(proc / "stat"))
    except (OSError, ValueError) as cause:
        raise SourceFailed(f"{proc / 'stat'} is unusable: {cause}") from cause


def read_memory(proc: Path) -> tuple[int, int]:
    """Read used and total bytes; used is total minus available. Raises SourceFailed."""
    try:
        memory = psutil.virtual_memory()
    except (OSError, KeyError, IndexError, ValueError) as cause:
        raise SourceFailed(f"{proc / 'meminfo'} is unusable: {cause!r}") from cause
    total = int(memory.total)
    if total <= 0:
        raise SourceFailed(f"{proc / 'meminfo'} is unusable: no memory")
    # The kernel does not count ZFS's cache as available.
    _, reclaimable = parse_arc(read_text(proc / "spl/kstat/zfs/arcstats"))
    return max(0, total - int(memory.available) - (reclaimable or 0)), total


def read_disks(proc: Path) -> Mapping[str, tuple[int, int]]:
    """Read the bytes read and written by every block device and partition; empty if
    they can't be read.
    """
    if not (proc / "diskstats").exists():
        # psutil would use the running machine's /sys/block even with another root.
        return {}
    try:
        devices = psutil.disk_io_counters(perdisk=True, nowrap=False)
    except (OSError, ValueError):
        return {}
    return {name: (int(io.read_bytes), int(io.write_bytes)) for name, io in devices.items()}


def read_interfaces() -> Mapping[str, tuple[int, int]]:
    """Read the bytes sent and received by every network interface; empty if they can't
    be read.
    """
    try:
        interfaces = psutil.net_io_counters(pernic=True, nowrap=False)
    except (OSError, ValueError, AssertionError):
        return {}
    return {name: (int(io.bytes_sent), int(io.bytes_recv)) for name, io in interfaces.items()}


def read_text(path: Path) -> str:
    """Read the text of a kernel file; empty if it can't be read."""
    try:
        return read_kernel_text(path)
    except OSError:
        return ""
