"""Power of processor packages from RAPL's energy counters.

Facts: kernel, Documentation/power/powercap. Only zones of ``intel-rapl`` count, which
AMD has too: ``intel-rapl-mmio`` repeats a package. ``psys`` includes the packages, so
it is kept separate. Counters wrap at ``max_energy_range_uj``; only root can read them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from uma.feeds.files import read_attribute
from uma.host import Host

MICRO: Final = 1_000_000
MAX_WRAP_SECONDS: Final = 60.0
"""Seconds between two samples, above which a counter may have wrapped twice."""
MAX_WATTS: Final = 2000.0
PLATFORM: Final = "psys"
_PACKAGE: Final = re.compile(r"package-(\d{1,4})(?:-die-\d{1,4})?\Z")
"""Names by ``physical_package_id``, with a die where packages have several."""


@dataclass(frozen=True, slots=True)
class Energy:
    """One zone's counter, in µJ, and where it wraps."""

    microjoules: int
    wraps_at: int


def read_energy(host: Host) -> Mapping[str, Energy]:
    """Read the counters of packages and of psys, by zone name. Blocks."""
    return dict(_read_zones(host.sys / "class/powercap"))


def _read_zones(folder: Path) -> Iterator[tuple[str, Energy]]:
    for zone in sorted(folder.glob("intel-rapl:*")):
        name = read_attribute(zone / "name")
        # Children, such as intel-rapl:0:0, are cores and memory.
        if zone.name.count(":") == 1 and (_PACKAGE.match(name) or name == PLATFORM):
            energy, wraps_at = read_attribute(zone / "energy_uj"), read_attribute(zone / "max_energy_range_uj")
            if energy.isdecimal() and wraps_at.isdecimal():
                yield name, Energy(int(energy), int(wraps_at))


def watts_between(before: Mapping[str, Energy], now: Mapping[str, Energy], seconds: float) -> Mapping[str, float]:
    """Return each zone's power over *seconds*, one decimal;
    a zone that can't be identified is left out.
    """
    if not 0 < seconds <= MAX_WRAP_SECONDS:
        return {}
    watts = {
        name: round(_spent(before[name], energy) / MICRO / seconds, 1) for name, energy in now.items() if name in before
    }
    # A counter that was reset, not wrapped, gives an impossible power.
    return {name: value for name, value in watts.items() if value <= MAX_WATTS}


def _spent(before: Energy, now: Energy) -> int:
    spent = now.microjoules - before.microjoules
    return spent if spent >= 0 else spent + now.wraps_at


@dataclass(slots=True)
class Power:
    """Power since the last sample. Times are monotonic."""

    watts: Mapping[str, float] = field(default_factory=dict)
    _energy: Mapping[str, Energy] = field(default_factory=dict)
    _at: float = 0.0

    def note(self, energy: Mapping[str, Energy], at: float) -> None:
        """Take a sample of all counters."""
        self.watts = watts_between(self._energy, energy, at - self._at) if self._energy else {}
        self._energy, self._at = energy, at

    @property
    def packages(self) -> Mapping[int, float]:
        """Watts of each package by its number, those of its dies together."""
        packages: dict[int, float] = {}
        for name, value in self.watts.items():
            if match := _PACKAGE.match(name):
                number = int(match[1])
                packages[number] = round(packages.get(number, 0.0) + value, 1)
        return packages

    @property
    def total(self) -> float | None:
        """Watts of all packages; None without any."""
        return round(sum(self.packages.values()), 1) if self.packages else None
