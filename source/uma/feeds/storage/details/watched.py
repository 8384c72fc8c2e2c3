"""SMART values that should be 0, by name, and their changes.

The ATA attributes are those that Unraid watches by default (webGUI, Preselect.php).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.changes import Change

NAMES: Final[Mapping[int, str]] = {
    5: "reallocated sectors",
    187: "reported uncorrectable errors",
    197: "pending sectors",
    198: "offline uncorrectable sectors",
    199: "CRC errors",
}


def watched_values(reading: SmartReading | None) -> Mapping[str, int]:
    """Return the values of *reading* that should be 0, by name."""
    if reading is None:
        return {}
    values: dict[str, int | None] = {NAMES[number]: reading.attributes.get(number) for number in NAMES}
    values |= {"grown defects": reading.grown_defects, "uncorrected errors": reading.uncorrected_errors}
    return {name: value for name, value in values.items() if value is not None}


def changes_of(slot: str, old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[Change]:
    """Yield each changed value of *slot*; a previously unknown one has not changed."""
    for name, value in new.items():
        before = old.get(name, value)
        if before != value:
            detail = f"{slot}: {name} went from {before} to {value}"
            yield Change("smart_attribute_changed", slot, str(before), str(value), detail)
