"""The state of the machine itself, as one sample."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed.fields import COUNT, PERCENT, Doc


@dataclass(frozen=True, slots=True)
class DiskIO:
    """Bytes of all physical disks since boot, each disk counted once, and their rate
    since the last sample.
    """

    about: ClassVar[str] = "Bytes of all physical disks."

    read_bytes: Annotated[int, Doc("Since boot."), COUNT]
    write_bytes: Annotated[int, Doc("Since boot."), COUNT]
    read_bytes_per_sec: Annotated[int, Doc("Since the last sample."), COUNT]
    write_bytes_per_sec: Annotated[int, Doc("Since the last sample."), COUNT]


@dataclass(frozen=True, slots=True)
class NetworkIO:
    """Bytes of all physical network interfaces since boot, and their rate since the
    last sample.
    """

    about: ClassVar[str] = "Bytes of all physical network interfaces."

    bytes_sent: Annotated[int, Doc("Since boot."), COUNT]
    bytes_recv: Annotated[int, Doc("Since boot."), COUNT]
    bytes_sent_per_sec: Annotated[int, Doc("Since the last sample."), COUNT]
    bytes_recv_per_sec: Annotated[int, Doc("Since the last sample."), COUNT]


@dataclass(frozen=True, slots=True)
class SystemStats:
    """One sample. Every number is finite and, but for the temperature, never None.

    Percents and the temperature have one decimal. ``memory_used`` is total - available,
    in bytes; ``uptime`` whole seconds; ``load_average`` over 1, 5 and 15 minutes;
    ``cpu_cores`` percent of each logical CPU that is online; ``cpu_temperature`` in °C,
    None without a sensor.
    """

    kind: ClassVar[str] = "stats"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "One sample of the machine. Every number is finite and, but for the temperature, never null."

    cpu_percent: Annotated[float, Doc("Use of all logical CPUs since the last sample."), PERCENT]
    memory_percent: Annotated[float, Doc("memory_used of memory_total."), PERCENT]
    memory_used: Annotated[
        int,
        Doc(
            "Bytes in use: total minus available. The part of ZFS's cache that can be freed is available; "
            "the webGUI counts it as used."
        ),
        COUNT,
    ]
    memory_total: Annotated[int, Doc("Bytes of memory."), COUNT]
    uptime: Annotated[int, Doc("Whole seconds since boot."), COUNT]
    load_average: Annotated[tuple[float, float, float], Doc("Over 1, 5 and 15 minutes.")]
    disk_io: Annotated[DiskIO, Doc("Traffic of all physical disks, each counted once.")]
    network_io: Annotated[NetworkIO, Doc("Traffic of all physical network interfaces.")]
    cpu_cores: Annotated[tuple[float, ...], Doc("Percent of each logical CPU that is online.")]
    cpu_temperature: Annotated[float | None, Doc("°C; null without a sensor.")]


@dataclass(frozen=True, slots=True)
class SystemHistory:
    """The retained samples, oldest first: columns of equal length.
    Over a day or a week they are means.
    """

    about: ClassVar[str] = "Samples of an hour, or means of a day or a week, oldest first, as columns of equal length."

    timestamp: Annotated[list[int], Doc("Unix seconds.")]
    cpu_percent: Annotated[list[float], Doc("As in stats.")]
    memory_percent: Annotated[list[float], Doc("As in stats.")]
    memory_used: Annotated[list[int], Doc("As in stats.")]
    load_average: Annotated[list[float], Doc("Over 1 minute.")]
    read_bytes_per_sec: Annotated[list[int], Doc("Of disk_io.")]
    write_bytes_per_sec: Annotated[list[int], Doc("Of disk_io.")]
    bytes_sent_per_sec: Annotated[list[int], Doc("Of network_io.")]
    bytes_recv_per_sec: Annotated[list[int], Doc("Of network_io.")]
    cpu_temperature: Annotated[list[float | None], Doc("As in stats.")]
