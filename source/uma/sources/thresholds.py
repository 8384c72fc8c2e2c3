"""Whether a temperature or a usage is beyond what the user allows: the limits of the webGUI's settings.

Order for temperatures: the drive's own (smart-one.cfg, by id), then those of solid state drives, then those of all; as
in the webGUI's check_temp (scripts/monitor). For usage: the slot's own, then those of all, as in its usage_color.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from uma.sources.fields import Section, whole

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
    """The user's limits: ``display`` for all, ``drives`` by a drive's full id. °C and percent; 0 is off."""

    display: Section
    drives: Mapping[str, Section]

    def temperature_state(self, temperature: int | None, section: Section) -> str | None:
        """ok, hot or critical (strictly above its limit) for the drive of a disks.ini or devs.ini *section*."""
        if temperature is None:
            return None
        drive = self.drives.get(section.get("id", ""), {})
        is_solid_state = whole(section, "rotational") == 0
        for word, all_drives, key in (("critical", "max", "maxTemp"), ("hot", "hot", "hotTemp")):
            limit = _own(drive, key)
            if limit is None and is_solid_state:
                limit = _own(self.display, f"{all_drives}ssd")
            if limit is None:
                limit = whole(self.display, all_drives) or 0
            if 0 < limit < temperature <= HOTTEST:
                return word
        return "ok"

    def usage_state(self, percent: int | None, section: Section) -> str | None:
        """ok, warning or critical (at its limit or above) for the slot of a disks.ini *section*; *percent* is whole."""
        if percent is None:
            return None
        for word in ("critical", "warning"):
            limit = _own(section, word)
            if limit is None:
                limit = whole(self.display, word) or 0
            if 0 < limit <= percent:
                return word
        return "ok"


def thresholds_from(display: Section, drives: Mapping[str, Section]) -> Thresholds:
    """The limits of the webGUI's [display] settings and of smart-one.cfg."""
    return Thresholds({**DEFAULTS, **display}, drives)


def _own(section: Section, key: str) -> int | None:
    """A limit of one's own: none where it is missing, empty or negative."""
    limit = whole(section, key)
    return limit if limit is not None and limit >= 0 else None
