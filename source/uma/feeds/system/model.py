"""The state of the machine itself, as one sample."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class DiskIO:
    """Bytes of all physical disks since boot, each counted once, and their whole rate since the last sample."""

    read_bytes: int
    write_bytes: int
    read_bytes_per_sec: int
    write_bytes_per_sec: int


@dataclass(frozen=True, slots=True)
class NetworkIO:
    """Bytes of all physical network interfaces since boot, and their whole rate since the last sample."""

    bytes_sent: int
    bytes_recv: int
    bytes_sent_per_sec: int
    bytes_recv_per_sec: int


@dataclass(frozen=True, slots=True)
class SystemStats:
    """One sample. Every number is finite and, but for the temperature, never None.

    Percents and the temperature have one decimal. ``memory_used`` is total - available, in bytes; ``uptime`` whole
    seconds; ``load_average`` over 1, 5 and 15 minutes; ``cpu_cores`` percent of each logical CPU that is online;
    ``cpu_temperature`` in °C, None without a sensor.
    """

    kind: ClassVar[str] = "stats"
    retained: ClassVar[bool] = True

    cpu_percent: float
    memory_percent: float
    memory_used: int
    memory_total: int
    uptime: int
    load_average: tuple[float, float, float]
    disk_io: DiskIO
    network_io: NetworkIO
    cpu_cores: tuple[float, ...]
    cpu_temperature: float | None
