"""SMART values that should be 0, by name, and their changes.

The ATA attributes are those that Unraid watches by default (webGUI, Preselect.php), but
for those that the user has deselected: ``smEvents`` of smart-one.cfg, by drive id, else
of smart-all.cfg (webGUI, DeviceInfo.page and DiskSettings.page). With ``smSelect`` 1
the user wants normalised values judged, not raw ones (webGUI, scripts/monitor).
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from uma.feeds.ini_values import Section
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.changes import Change

NAMES: Final[Mapping[int, str]] = {
    5: "reallocated sectors",
    187: "reported uncorrectable errors",
    197: "pending sectors",
    198: "offline uncorrectable sectors",
    199: "CRC errors",
}

NORMALISED: Final = "1"
MAX_DIGITS: Final = 3
"""An attribute's number has one byte."""


def watched_values(reading: SmartReading | None, watched: Collection[int] = tuple(NAMES)) -> Mapping[str, int]:
    """Return the values of *reading* that should be 0, by name; of ATA attributes those
    in *watched*.
    """
    if reading is None:
        return {}
    values: dict[str, int | None] = {
        name: reading.attributes.get(number) for number, name in NAMES.items() if number in watched
    }
    values |= {"grown defects": reading.grown_defects, "uncorrected errors": reading.uncorrected_errors}
    return {name: value for name, value in values.items() if value is not None}


def watched_from(
    disks: Mapping[str, Section], own: Mapping[str, Section], general: Section
) -> Mapping[str, Collection[int]]:
    """Return the numbers of the attributes to watch, by the name of each slot in
    *disks*.

    *own* are SMART settings by drive id, *general* those of all other drives.
    """
    return {
        section.get("name") or key: _watched_of(own.get(section.get("id", ""), {}), general)
        for key, section in disks.items()
    }


def _watched_of(own: Section, general: Section) -> tuple[int, ...]:
    select = own.get("smSelect", "-1")
    if (general.get("smSelect", "") if select in ("", "-1") else select) == NORMALISED:
        return ()
    return _numbers(own.get("smEvents")) or _numbers(general.get("smEvents")) or tuple(NAMES)


def _numbers(text: str | None) -> tuple[int, ...]:
    """Parse ``5|187|197``; nothing selected means the default, as on the webGUI."""
    words = (text or "").split("|")
    return tuple(int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= MAX_DIGITS)


def changes_of(slot: str, old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[Change]:
    """Yield each changed value of *slot*; a previously unknown one has not changed."""
    for name, value in new.items():
        before = old.get(name, value)
        if before != value:
            detail = f"{slot}: {name} went from {before} to {value}"
            yield Change("smart_attribute_changed", slot, str(before), str(value), detail)
