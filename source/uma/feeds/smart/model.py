"""What a drive says of its own health."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SmartReading:
    """A drive's SMART state, as it was ``at`` (Unix seconds).

    ``attributes`` holds the raw values of 5, 187, 197, 198 and 199, the ones Unraid watches,
    as far as the drive has them. ``wear_percent`` is the endurance used up,
    ``spare_percent`` the spare left (NVMe only). ``grown_defects`` is the length of a SAS
    drive's list of them, ``uncorrected_errors`` what a SAS or NVMe drive counts.
    Temperature in °C.
    """

    health: Literal["passed", "failed", "unknown"]
    temperature: int | None
    power_on_hours: int | None
    attributes: Mapping[int, int]
    wear_percent: int | None
    spare_percent: int | None
    at: float
    grown_defects: int | None = None
    uncorrected_errors: int | None = None
