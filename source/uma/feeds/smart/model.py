"""Model of a drive's own health report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from uma.feeds.feed.fields import COUNT, TIMESTAMP, Doc


@dataclass(frozen=True, slots=True)
class SmartReading:
    """A drive's SMART state, as it was ``at`` (Unix seconds).

    ``attributes`` holds the raw values of 5, 187, 197, 198 and 199, which Unraid
    watches, if the drive has them. ``wear_percent`` is the endurance used up,
    ``spare_percent`` the spare left (NVMe only). ``grown_defects`` is the length of a
    SAS drive's list of them, ``uncorrected_errors`` the count of a SAS or NVMe drive.
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
    failing: tuple[str, ...] = ()
    """Names of ATA attributes at or below their thresholds, whatever the verdict is."""


@dataclass(frozen=True, slots=True)
class DriveSmart:
    """A drive's SMART data by its slot's name;
    ``attributes`` by Unraid's watched numbers.
    """

    about: ClassVar[str] = "A drive's SMART data when last read."

    name: Annotated[str, Doc("The slot, as in storage_status.")]
    health: Annotated[Literal["passed", "failed", "unknown"], Doc("SMART's overall verdict.")]
    temperature: Annotated[int | None, Doc("Whole °C, when last read.")]
    power_on_hours: Annotated[int | None, Doc("Hours that it has run."), COUNT]
    attributes: Annotated[
        Mapping[int, int], Doc("Raw values of 5, 187, 197, 198 and 199, as far as the drive has them.")
    ]
    wear_percent: Annotated[
        int | None, Doc("Endurance used up; may pass 100. Null if the drive does not report it."), COUNT
    ]
    spare_percent: Annotated[int | None, Doc("Spare left. Null if the drive does not report it."), COUNT]
    grown_defects: Annotated[
        int | None, Doc("Sectors that a SAS drive has replaced in use. Null if the drive does not report it."), COUNT
    ]
    uncorrected_errors: Annotated[
        int | None,
        Doc("Errors that a SAS or NVMe drive could not correct. Null if the drive does not report it."),
        COUNT,
    ]
    failing_attributes: Annotated[
        tuple[str, ...], Doc("ATA attributes at or below their thresholds now, by name, whatever the verdict is.")
    ]
    at: Annotated[str, Doc("When these data were read."), TIMESTAMP]
