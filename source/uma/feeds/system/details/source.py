"""Publishes the machine's details: with each sample of ``stats`` on demand, else every
30 s.
"""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from uma.aio.deadline import within
from uma.feeds.feed import Context, Publish, Report, registered
from uma.feeds.files import read_optional
from uma.feeds.moments import parse_booted_at
from uma.feeds.system.details.model import CpuPackage, SystemDetails
from uma.feeds.system.details.parse import highest_mhz, parse_swap
from uma.feeds.system.details.rapl import PLATFORM, Energy, Power, read_energy
from uma.feeds.system.hwmon import LOOK_AGAIN, PackageSensor, find_packages
from uma.feeds.system.procfs import parse_arc
from uma.host import Host

STATS: Final = "system/stats"
DETAILS: Final = "system/details"
HEARTBEAT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Readings:
    """One reading of the machine."""

    booted_at: str | None
    swap: tuple[int | None, int | None]
    log_used_percent: float | None
    arc: tuple[int | None, int | None]
    energy: Mapping[str, Energy]
    frequency_mhz: int | None
    temperatures: Mapping[int, float | None]
    """°C by package."""


class SystemDetailsSource:
    """Publishes SystemDetails."""

    name = "system-details"

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._clock = clock
        self._power = Power()
        self._next_look = float("-inf")
        self._files: tuple[Mapping[int, PackageSensor], tuple[Path, ...]] | None = None
        self._published_at = float("-inf")
        self._news = asyncio.Event()

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish until cancelled."""
        self._published_at = float("-inf")
        with registered(self._context.listeners(STATS), self._news.set):
            while True:
                self._news.clear()
                if self._is_due():
                    publish(await self._sample())
                    self._published_at = self._clock()
                    report("ok", "sampling")
                await self._wait()

    def _is_due(self) -> bool:
        wanted = self._context.demand(DETAILS).wanted
        return wanted or self._clock() - self._published_at >= HEARTBEAT_SECONDS - 1

    async def _wait(self) -> None:
        """Wait for the next sample of stats, or for the heartbeat if there is none."""
        try:
            async with within(HEARTBEAT_SECONDS):
                await self._news.wait()
        except TimeoutError:
            return

    async def _sample(self) -> SystemDetails:
        files = self._files
        if files is None:
            self._files = files = await asyncio.to_thread(find_files, self._context.host)
            self._next_look = self._clock() + LOOK_AGAIN
        readings = await asyncio.to_thread(read_machine, self._context.host, *files)
        if set(readings.temperatures.values()) <= {None} and self._clock() >= self._next_look:
            # The sensor's module may load late, or again: its files are elsewhere then.
            self._files = None
        self._power.note(readings.energy, self._clock())
        return details_from(readings, self._power)


def find_files(host: Host) -> tuple[Mapping[int, PackageSensor], tuple[Path, ...]]:
    """Find the sensors by package, and the CPUs' frequencies. Blocks.

    A sensor without a number of its own has that of its place.
    """
    cpus = host.sys / "devices/system/cpu"
    sensors = {
        place if sensor.number is None else sensor.number: sensor
        for place, sensor in enumerate(find_packages(host.sys))
    }
    return sensors, tuple(sorted(cpus.glob("cpu[0-9]*/cpufreq/scaling_cur_freq")))


def read_machine(host: Host, sensors: Mapping[int, PackageSensor], frequencies: tuple[Path, ...]) -> Readings:
    """Read everything once. Blocks for one file per sensor and CPU; wakes nothing."""
    return Readings(
        booted_at=parse_booted_at(read_optional(host.proc / "stat")),
        swap=parse_swap(read_optional(host.proc / "meminfo")),
        log_used_percent=read_used_percent(host.root / "var/log"),
        arc=parse_arc(read_optional(host.proc / "spl/kstat/zfs/arcstats")),
        energy=read_energy(host),
        frequency_mhz=highest_mhz(read_optional(path) for path in frequencies),
        temperatures={package: sensor.read() for package, sensor in sensors.items()},
    )


def read_used_percent(folder: Path) -> float | None:
    """Read how full the file system of *folder* is, as df counts it. Blocks."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return None
    used = status.f_blocks - status.f_bfree
    usable = used + status.f_bavail
    return round(100 * used / usable, 1) if usable else None


def details_from(readings: Readings, power: Power) -> SystemDetails:
    """Build the message from one reading."""
    watts = power.packages
    return SystemDetails(
        booted_at=readings.booted_at,
        swap_used_bytes=readings.swap[0],
        swap_total_bytes=readings.swap[1],
        log_used_percent=readings.log_used_percent,
        zfs_arc_bytes=readings.arc[0],
        zfs_arc_reclaimable_bytes=readings.arc[1],
        cpu_power_watts=power.total,
        platform_power_watts=power.watts.get(PLATFORM),
        cpu_frequency_mhz=readings.frequency_mhz,
        cpu_packages=tuple(
            CpuPackage(temperature=readings.temperatures.get(package), power_watts=watts.get(package))
            for package in sorted(readings.temperatures.keys() | watts.keys())
        ),
    )
