"""Lines of smartctl's texts: those that pySMART can parse, and values that it does not
parse.

pySMART rejects a whole text for one number that it can't convert. So it gets only the
lines with needed values, each with a plain number or left out.
"""

import re
from collections.abc import Iterator
from typing import Final

MAX_LINE_CHARACTERS: Final = 200
"""pySMART's patterns take exponential time on long lines; smartctl's lines have some
100 characters.
"""
MAX_LINES: Final = 5000
"""``smartctl -x`` of a drive with full logs prints some 600."""

_NVME_SECTION: Final = "SMART/Health Information (NVMe Log 0x02"
_ATA_TABLE: Final = "Specific SMART Attributes"
_NAMED: Final = (
    "Device Model",
    "Model Number",
    "Product",
    "Vendor",
    "Rotation Rate",
    "SMART support is",
    "SMART overall-health self-assessment test result",
    "SMART Health Status",
)
"""Lines from which pySMART gets the kind and the state of a drive."""
_NVME_UNITS: Final = {
    "Critical Warning": "",
    "Temperature": " Celsius",
    "Available Spare": "%",
    "Percentage Used": "%",
    "Power On Hours": "",
}
_ATA_ROW: Final = re.compile(
    r"\s*(?P<number>\d{1,3})\s+\S+\s+0x[\da-fA-F]{1,4}\s+\d{1,3}\s+\d{1,3}\s+(?:\d{1,3}|---)\s+\S+\s+\S+\s+\S+\s+\S.*"
)
_LARGEST_ATTRIBUTE: Final = 255
_GROUPED: Final = re.compile(r"([+-]?\d{1,3})((?:[^\w\s+-]\d{3}|[\s]\d{3}){1,7})")
"""A number with digits in groups of three, by any separator of the locale."""
_FAHRENHEIT: Final = "Fahrenheit"

_SAS_WEAR: Final = re.compile(r"Percentage used endurance indicator: *(\d{1,3})%")
_SAS_TEMPERATURE: Final = re.compile(r"Current Drive Temperature: *(-?\d{1,3}) *C?\b")
_SAS_HOURS: Final = re.compile(r"Accumulated power on time, hours:minutes +(\d{1,9}):")
_FACTORY_HOURS: Final = re.compile(r" *number of hours powered up *= *(\d{1,9})")
_UNRATED_HOURS: Final = re.compile(
    r" *9 Power_On_Hours +0x[\da-fA-F]{4} +--- +--- +(?:---|\d{1,3}) +\S+ +\S+ +\S+ +(\d{1,20})"
)
"""Row of an SSD whose attributes have no normalised values, such as an OCZ Vertex."""
_DEFECTS: Final = re.compile(r"Elements in grown defect list: *(\d{1,15})\b")
_ERROR_COUNTERS: Final = ("read:", "write:", "verify:")
_ERROR_FIELDS: Final = 8
_MEDIA_ERRORS: Final = "Media and Data Integrity Errors"


def readable_lines(text: str) -> list[str]:
    """Return the lines of *text* that pySMART can parse without an error."""
    return list(_readable(_lines(text)))


def _readable(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith(_NVME_SECTION):
            yield line
            yield from _nvme_lines(lines)
        elif _ATA_TABLE in line:
            yield line
            yield from _ata_rows(lines)
        elif (":" in line and line.startswith(_NAMED)) or not line.strip():
            yield line
        elif match := _SAS_TEMPERATURE.match(line):
            yield f"Current Drive Temperature: {match[1]} C"
        elif match := _SAS_WEAR.match(line):
            yield f"Percentage used endurance indicator: {match[1]}%"
        elif match := _SAS_HOURS.match(line):
            yield f"Accumulated power on time, hours:minutes {match[1]}:00"


def _nvme_lines(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if not line.strip():
            yield ""
            return
        name, _, value = line.partition(":")
        unit = _NVME_UNITS.get(name.strip())
        if unit is None:
            continue
        if name.strip() == "Critical Warning":
            if re.fullmatch(r"0x[\da-fA-F]{1,4}", value.strip()):
                yield line
        elif (number := _nvme_number(value, unit.strip())) is not None:
            yield f"{name.strip()}: {number}{unit}"


def _ata_rows(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if not line.strip():
            yield ""
            return
        row = _ATA_ROW.fullmatch(line)
        if row is None:
            # The table's heading, or a row with an unreadable column.
            continue
        if int(row["number"]) <= _LARGEST_ATTRIBUTE:
            yield line
    # pySMART needs a blank line after the table.
    yield ""


def _nvme_number(value: str, unit: str) -> int | None:
    number = value.strip()
    if unit == "Celsius" and number.endswith(_FAHRENHEIT):
        fahrenheit = parse_number(number.removesuffix(_FAHRENHEIT))
        return None if fahrenheit is None else round((fahrenheit - 32) * 5 / 9)
    return parse_number(number.removesuffix(unit))


def parse_number(text: str) -> int | None:
    """Return the whole number in *text*, with digits grouped or not; None if it is not
    one.
    """
    plain = text.strip()
    grouped = _GROUPED.fullmatch(plain)
    if grouped:
        plain = grouped[1] + re.sub(r"\D", "", grouped[2])
    return int(plain) if re.fullmatch(r"[+-]?[0-9]{1,20}", plain) else None


def parse_hours(text: str) -> int | None:
    """Return the power-on hours of a SAS drive, from its factory page; None if the page
    lacks them.
    """
    return next((int(match[1]) for line in _lines(text) if (match := _FACTORY_HOURS.match(line))), None)


def parse_unrated_hours(text: str) -> int | None:
    """Return the power-on hours of an ATA drive without normalised values, whose rows
    pySMART can't parse; None for other drives.
    """
    return next((int(match[1]) for line in _lines(text) if (match := _UNRATED_HOURS.match(line))), None)


def parse_defects(text: str) -> int | None:
    """Return the length of a SAS drive's list of grown defects; None without a list."""
    return next((int(match[1]) for line in _lines(text) if (match := _DEFECTS.match(line))), None)


def parse_uncorrected(text: str) -> int | None:
    """Return the number of uncorrected errors; None if the drive does not count them.

    A SAS drive counts them for reads, writes and verifies in its error counter log; an
    NVMe drive as errors of media and data integrity.
    """
    lines = [line for line in _lines(text) if line.strip()]
    if lines and lines[-1].lstrip().startswith(_ERROR_COUNTERS):
        # The text ends within the table, so other rows may be missing.
        return None
    counts = [count for line in lines if (count := _uncorrected_of(line)) is not None]
    return sum(counts) if counts else None


def _uncorrected_of(line: str) -> int | None:
    name, _, value = line.partition(":")
    if name.strip() == _MEDIA_ERRORS:
        return parse_number(value)
    fields = line.split()
    if len(fields) == _ERROR_FIELDS and fields[0] in _ERROR_COUNTERS:
        return parse_number(fields[-1])
    return None


def _lines(text: str) -> Iterator[str]:
    return (line[:MAX_LINE_CHARACTERS] for line in text.splitlines()[:MAX_LINES])
