"""The processor's temperature, from its own sensor only.

The kernel lists every sensor chip below ``/sys/class/hwmon``, including drives. Reading
``drivetemp`` or ``nvme`` sends a command to the drive, which can wait for seconds or
keep it from spinning down. So ``psutil.sensors_temperatures()``, which reads them all,
is not used. Facts: the kernel's ``Documentation/hwmon`` (sysfs-interface, coretemp,
k10temp, drivetemp).
"""

from collections.abc import Callable, Sequence
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
    labelled = [
        # Resolved: numbers change when modules are reloaded, and hwmon3 may be a drive
        # then.
        (read_attribute(entry.with_name(entry.name.replace("_input", "_label"))), entry.resolve())
        for chip in sorted((sys / "class/hwmon").glob("hwmon*"))
        if not is_drive_or_gpu(chip.resolve()) and read_attribute(chip / "name") in CPU_CHIPS
        for entry in sorted(chip.glob("temp*_input"))
    ]
    for package in WHOLE_PACKAGE:
        if inputs := [path for label, path in labelled if label.startswith(package)]:
            return inputs
    return [path for _, path in labelled]


def read_celsius(path: Path) -> float | None:
    """Return one sensor's temperature in °C; None if it can't be read or is
    implausible. The kernel uses thousandths.
    """
    try:
        celsius = int(read_attribute(path)) / 1000
    except ValueError:
        return None
    return round(celsius, 1) if COLDEST < celsius < HOTTEST and celsius != 0 else None
