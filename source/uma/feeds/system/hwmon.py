"""The processor's temperature, from its own sensor only.

The kernel lists every sensor chip below ``/sys/class/hwmon``, including drives. Reading
``drivetemp`` or ``nvme`` sends a command to the drive, which can wait for seconds or
keep it from spinning down. So ``psutil.sensors_temperatures()``, which reads them all,
is not used. Facts: the kernel's ``Documentation/hwmon`` (sysfs-interface, coretemp,
k10temp, drivetemp).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from uma.feeds.files import read_attribute
from uma.feeds.hwmon import is_drive_or_gpu

CPU_CHIPS = frozenset({"coretemp", "k10temp", "k8temp", "zenpower", "via_cputemp", "cpu_thermal"})

WHOLE_PACKAGE = ("Package id", "Tdie", "Tctl")
"""Labels of a whole package, in order of preference: Tctl is Tdie with an offset on
some Ryzens. Other labels are cores.
"""

LOOK_AGAIN = 60.0
"""Seconds between two searches while no sensor can be read: its module may
load late.
"""

COLDEST, HOTTEST = -40.0, 125.0
"""Plausible range for a processor, in °C; stuck sensors report 0, 127.5 or 255."""

_PACKAGE = re.compile(r"Package id (\d{1,4})")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class PackageSensor:
    """The sensor of one processor package, or those of its cores.

    ``number`` is the kernel's ``physical_package_id``, None if the driver has none.
    """

    number: int | None
    inputs: tuple[Path, ...]

    def read(self) -> float | None:
        """Return the highest temperature in °C; None without a valid one. Blocks."""
        return max((each for path in self.inputs if (each := read_celsius(path)) is not None), default=None)


class CpuSensor:
    """The sensor below *sys* (``/sys``), searched again when it can't be read."""

    def __init__(self, sys: Path, clock: Callable[[], float]) -> None:
        self._sys = sys
        self._clock = clock
        self._inputs: Sequence[Path] = ()
        self._next_look = clock()

    def read(self) -> float | None:
        """Return the temperature of the hottest package, in °C with one decimal; None
        without a readable sensor.
        """
        temperatures = self._temperatures()
        if not temperatures and self._clock() >= self._next_look:
            self._next_look = self._clock() + LOOK_AGAIN
            self._inputs = find_inputs(self._sys)
            temperatures = self._temperatures()
        return max(temperatures, default=None)

    def _temperatures(self) -> list[float]:
        readings = (read_celsius(path) for path in self._inputs)
        return [reading for reading in readings if reading is not None]


def find_inputs(sys: Path) -> Sequence[Path]:
    """Find the files with each package's temperature; those of cores if no package has
    a label.
    """
    return _inputs_of([labelled for chip in _cpu_chips(sys) for labelled in _labelled(chip)])


def find_packages(sys: Path) -> Sequence[PackageSensor]:
    """Find each package's sensor, in the kernel's order: each package has a chip of its
    own.
    """
    return tuple(map(_package_from, filter(None, map(_labelled, sorted(_cpu_chips(sys), key=_place_of)))))


def read_celsius(path: Path) -> float | None:
    """Return one sensor's temperature in °C; None if it can't be read or is
    implausible. The kernel uses thousandths.
    """
    try:
        celsius = int(read_attribute(path)) / 1000
    except ValueError:
        return None
    return round(celsius, 1) if COLDEST < celsius < HOTTEST and celsius != 0 else None


def _cpu_chips(sys: Path) -> Iterator[Path]:
    for chip in sorted((sys / "class/hwmon").glob("hwmon*")):
        if not is_drive_or_gpu(chip.resolve()) and read_attribute(chip / "name") in CPU_CHIPS:
            yield chip


def _place_of(chip: Path) -> list[tuple[int, str]]:
    """Return a sort key: the chip's place in the device tree. ``hwmon10`` sorts before
    ``hwmon9`` as a text, and either may be the first package's.
    """
    parts = _DIGITS.split(str(chip.resolve()))
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _labelled(chip: Path) -> Sequence[tuple[str, Path]]:
    """Return label and path of each temperature of *chip*."""
    return [
        # Resolved: numbers change when modules are reloaded, and hwmon3 may be a drive
        # then.
        (read_attribute(entry.with_name(entry.name.replace("_input", "_label"))), entry.resolve())
        for entry in sorted(chip.glob("temp*_input"))
    ]


def _inputs_of(labelled: Sequence[tuple[str, Path]]) -> Sequence[Path]:
    for package in WHOLE_PACKAGE:
        if inputs := [path for label, path in labelled if label.startswith(package)]:
            return inputs
    return [path for _, path in labelled]


def _package_from(labelled: Sequence[tuple[str, Path]]) -> PackageSensor:
    numbers = [int(match[1]) for label, _ in labelled if (match := _PACKAGE.fullmatch(label))]
    return PackageSensor(numbers[0] if numbers else None, tuple(_inputs_of(labelled)))
