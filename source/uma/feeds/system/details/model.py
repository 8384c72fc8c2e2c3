"""Details of the machine that ``stats`` has no room for."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import COUNT, MOMENT, PERCENT, Doc


@dataclass(frozen=True, slots=True)
class CpuPackage:
    """One processor package."""

    about: ClassVar[str] = "One processor package."

    temperature: Annotated[float | None, Doc("°C; null without a sensor of its own.")]
    power_watts: Annotated[float | None, Doc("Power since the last sample; null without a counter."), COUNT]


@dataclass(frozen=True, slots=True)
class SystemDetails:
    """Swap, log, ZFS's cache, power and frequency."""

    kind: ClassVar[str] = "system_details"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Details beyond stats: swap, log, ZFS's cache, power and frequency."

    booted_at: Annotated[str | None, Doc("When the server booted; the same in each message."), MOMENT]
    swap_used_bytes: Annotated[int | None, Doc("Swap in use."), COUNT]
    swap_total_bytes: Annotated[int | None, Doc("Size of swap; 0 without any."), COUNT]
    log_used_percent: Annotated[float | None, Doc("How full /var/log is, which lies in RAM."), PERCENT]
    zfs_arc_bytes: Annotated[int | None, Doc("Size of ZFS's cache; null without ZFS."), COUNT]
    zfs_arc_reclaimable_bytes: Annotated[
        int | None, Doc("Part of ZFS's cache that can be freed; the webGUI counts it as used."), COUNT
    ]
    cpu_power_watts: Annotated[float | None, Doc("Power of all packages; null without a counter."), COUNT]
    platform_power_watts: Annotated[float | None, Doc("Power of the whole board, where it is measured."), COUNT]
    cpu_frequency_mhz: Annotated[int | None, Doc("The highest frequency of any CPU now."), COUNT]
    cpu_packages: Annotated[tuple[CpuPackage, ...], Doc("Each package with a sensor or a counter.")]
