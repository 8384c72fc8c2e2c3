"""Limits of temperatures and usage, from the webGUI's settings.

Order for temperatures, as in the webGUI's check_temp (scripts/monitor): the user's
setting for the drive (smart-one.cfg, by id), the NVMe drive's own, the one for solid
state drives, the general one. For usage, as in its usage_color: the slot's own, then
the general one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from uma.feeds.display import usage_level, usage_limits
from uma.feeds.ini_values import Section, whole
from uma.feeds.storage.nvme_limits import NONE, Limits
from uma.feeds.storage.slots import HOTTEST, Drive, FileSystem

DEFAULTS: Final[Section] = {
    "hot": "45",
    "max": "55",
    "hotssd": "60",
    "maxssd": "70",
}
"""plugins/dynamix/default.cfg, for a host without the file."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The user's limits in °C and percent, the lower one first; 0 is off.
    ``drives`` is by full id.
    """

    all_drives: tuple[int, int]
    solid_state: tuple[int, int]
    usage: tuple[int, int]
    drives: Mapping[str, Section]

    def temperature_state(self, drive: Drive, own: Limits = NONE) -> str | None:
        """Return ok, hot or critical (strictly above its limit);
        *own* are the drive's.
        """
        temperature = drive.temperature
        if temperature is None:
            return None
        general = self.solid_state if drive.is_rotational is False else self.all_drives
        hot, critical = (other if limit is None else limit for limit, other in zip(own, general, strict=True))
        set_for_drive = self.drives.get(drive.id)
        if set_for_drive:
            hot, critical = _own(set_for_drive, "hotTemp", hot), _own(set_for_drive, "maxTemp", critical)
        if 0 < critical < temperature <= HOTTEST:
            return "critical"
        return "hot" if 0 < hot < temperature <= HOTTEST else "ok"

    def usage_state(self, percent: int, file_system: FileSystem) -> str:
        """Return ok, warning or critical (at its limit or above);
        *percent* is whole.
        """
        own = file_system.warning_percent, file_system.critical_percent
        warning, critical = (other if limit is None else limit for limit, other in zip(own, self.usage, strict=True))
        return usage_level(percent, (warning, critical))


def thresholds_from(display: Section, drives: Mapping[str, Section]) -> Thresholds:
    """Return the limits of the webGUI's [display] settings and of smart-one.cfg.

    An empty general limit is off; an empty limit for solid state drives is the general
    one.
    """
    settings = {**DEFAULTS, **display}
    hot, critical = _own(settings, "hot", 0), _own(settings, "max", 0)
    return Thresholds(
        all_drives=(hot, critical),
        solid_state=(_own(settings, "hotssd", hot), _own(settings, "maxssd", critical)),
        usage=usage_limits(display),
        drives=drives,
    )


def _own(section: Section, key: str, other: int) -> int:
    """Return the limit under *key*, or *other* if it is missing, empty or negative."""
    limit = whole(section, key)
    return limit if limit is not None and limit >= 0 else other
