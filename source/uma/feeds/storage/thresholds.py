"""Whether a temperature or a usage is beyond what the user allows: the limits of the webGUI's settings.

Order for temperatures: what the user has set for the drive (smart-one.cfg, by id), the
NVMe drive's own, those of solid state drives, those of all; as in the webGUI's check_temp
(scripts/monitor). For usage: the slot's own, then those of all, as in its usage_color.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from uma.feeds.ini_values import Section, whole
from uma.feeds.storage.nvme_limits import NONE, Limits

DEFAULTS: Final[Section] = {
    "hot": "45",
    "max": "55",
    "hotssd": "60",
    "maxssd": "70",
    "warning": "70",
    "critical": "90",
}
"""plugins/dynamix/default.cfg, for a host that has none."""
HOTTEST: Final = 120
"""°C; the webGUI takes more for a broken sensor."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The user's limits in °C and percent, the lower one first; 0 is off. ``drives`` is by a drive's full id."""

    all_drives: tuple[int, int]
    solid_state: tuple[int, int]
    usage: tuple[int, int]
    drives: Mapping[str, Section]

    def temperature_state(self, temperature: int | None, section: Section, own: Limits = NONE) -> str | None:
        """Return ok, hot or critical (strictly above its limit) for the drive of *section*.

        *own* are the drive's own limits.
        """
        if temperature is None:
            return None
        general = self.solid_state if whole(section, "rotational") == 0 else self.all_drives
        hot, critical = (other if limit is None else limit for limit, other in zip(own, general, strict=True))
        drive = self.drives.get(section.get("id", ""))
        if drive:
            hot, critical = _own(drive, "hotTemp", hot), _own(drive, "maxTemp", critical)
        if 0 < critical < temperature <= HOTTEST:
            return "critical"
        return "hot" if 0 < hot < temperature <= HOTTEST else "ok"

    def usage_state(self, percent: int | None, section: Section) -> str | None:
        """ok, warning or critical (at its limit or above) for the slot of a disks.ini *section*; *percent* is whole."""
        if percent is None:
            return None
        warning, critical = self.usage
        if 0 < _own(section, "critical", critical) <= percent:
            return "critical"
        return "warning" if 0 < _own(section, "warning", warning) <= percent else "ok"


def thresholds_from(display: Section, drives: Mapping[str, Section]) -> Thresholds:
    """The limits of the webGUI's [display] settings and of smart-one.cfg.

    A limit for all that the user has emptied is off; one for solid state drives then is that of all.
    """
    settings = {**DEFAULTS, **display}
    hot, critical = _own(settings, "hot", 0), _own(settings, "max", 0)
    return Thresholds(
        all_drives=(hot, critical),
        solid_state=(_own(settings, "hotssd", hot), _own(settings, "maxssd", critical)),
        usage=(_own(settings, "warning", 0), _own(settings, "critical", 0)),
        drives=drives,
    )


def _own(section: Section, key: str, other: int) -> int:
    """The limit under *key*, or *other* where it is missing, empty or negative."""
    limit = whole(section, key)
    return limit if limit is not None and limit >= 0 else other
