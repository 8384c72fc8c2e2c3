"""NVMe drives' own warning and critical temperatures, from the kernel.

Facts (drivers/nvme/host/hwmon.c): ``temp1_max`` is the warning temperature (WCTEMP,
unless changed), ``temp1_crit`` the critical one (CCTEMP). Both are in thousandths of a
°C, converted from whole kelvins, and missing if the drive has none. Reading
``temp1_max`` queries the drive, so each drive is read once.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from uma.feeds.files import read_attribute
from uma.host import Host

Limits = tuple[int | None, int | None]
"""Warning and critical temperature in °C; None if the drive has none."""

OwnLimits = Callable[[str, str], Limits]
"""Kernel name and id of a drive -> its own limits."""

NONE: Final[Limits] = (None, None)
MAX_CELSIUS: Final = 150
"""°C. No drive endures more; a higher value means that the register holds no
temperature.
"""
MAX_DRIVES: Final = 256

_NAMESPACE: Final = re.compile(r"(nvme\d{1,6})n\d{1,6}")
_CONTROLLER: Final = re.compile(r"nvme\d{1,6}")


class NvmeLimits:
    """The limits of every drive read so far. A call as ``OwnLimits`` touches
    no drive.
    """

    def __init__(self, host: Host) -> None:
        # The drives of a demo or test tree are not this machine's.
        self._sys = host.sys if host.sys.is_relative_to(host.root) else None
        self._known: dict[tuple[str, str], Limits] = {}

    def __call__(self, device: str, drive_id: str) -> Limits:
        """Return the limits of *device* (``nvme0n1``); *drive_id* distinguishes it from
        its replacement.
        """
        return self._known.get((device, drive_id), NONE)

    def read(self, drives: Iterable[tuple[str, str]]) -> None:
        """Read the limits of those *drives* (kernel name and id) that are not known
        yet. Blocks.
        """
        if self._sys is None:
            return
        for device, drive_id in drives:
            if (device, drive_id) not in self._known:
                if len(self._known) >= MAX_DRIVES:
                    self._known.clear()
                self._known[device, drive_id] = read_limits(self._sys, device)


def no_limits(_device: str, _drive_id: str) -> Limits:
    """Return None for every drive."""
    return NONE


def read_limits(sys: Path, device: str) -> Limits:
    """Return the limits of NVMe namespace *device* below *sys*. Blocks.
    Never raises.
    """
    for sensor in _sensors(sys, device):
        return parse_celsius(read_attribute(sensor / "temp1_max")), parse_celsius(read_attribute(sensor / "temp1_crit"))
    return NONE


def parse_celsius(text: str) -> int | None:
    """Return whole °C of a sensor's *text*, rounded to the drive's whole kelvins."""
    try:
        celsius = round((int(text) + 273_150) / 1000) - 273
    except ValueError:
        return None
    return celsius if 0 < celsius <= MAX_CELSIUS else None


def _sensors(sys: Path, device: str) -> Iterator[Path]:
    namespace = _NAMESPACE.fullmatch(device)
    if namespace is None:
        return
    controllers = list(_controllers(sys, device, namespace[1]))
    for controller in controllers:
        # Before Linux 5.6 it is the PCI device's.
        for place in ("hwmon*", "hwmon/hwmon*", "device/hwmon/hwmon*"):
            yield from filter(_is_nvme, sorted(controller.glob(place)))
    for sensor in filter(_is_nvme, sorted((sys / "class/hwmon").glob("hwmon*"))):
        if (sensor / "device").resolve().name in {controller.name for controller in controllers}:
            yield sensor


def _is_nvme(sensor: Path) -> bool:
    return read_attribute(sensor / "name") == "nvme"


def _controllers(sys: Path, device: str, usual: str) -> Iterator[Path]:
    """Yield the controllers of *device*. With multipath its number is the
    subsystem's.
    """
    parent = (sys / "block" / device / "device").resolve()
    if parent.name.startswith("nvme-subsys"):
        yield from sorted(path.resolve() for path in parent.glob("nvme*") if _CONTROLLER.fullmatch(path.name))
        return
    if parent.is_dir():
        yield parent
    if not _CONTROLLER.fullmatch(parent.name):
        yield sys / "class/nvme" / usual
