"""Readings that pySMART makes from smartctl's texts: Unraid's own, or a drive's answer.

Only this file imports pySMART. It costs 2 MB, so it is imported at the first text.
"""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Literal

from uma.feeds.libraries import empty_module
from uma.feeds.smart.lines import (
    parse_defects,
    parse_hours,
    parse_uncorrected,
    parse_unrated_hours,
    readable_lines,
)
from uma.feeds.smart.model import SmartReading
from uma.runtime.light_imports import light_imports

with (
    empty_module("html.parser", HTMLParser=object),
    empty_module("html.entities", name2codepoint={}),
    light_imports(["decimal"]),
):
    # pySMART's own dependency, which also parses HTML; its error passes through.
    from humanfriendly import InvalidSize  # type: ignore[import-untyped]
with empty_module("chardet"), empty_module("logging.handlers", logging=logging):
    # It takes more than a megabyte and guesses the encoding of smartctl's output when
    # pySMART runs it, which never happens here.
    from pySMART import Device
    from pySMART.interface import AtaAttributes, NvmeAttributes, SCSIAttributes
    from pySMART.smartctl import Smartctl

WATCHED = (5, 187, 197, 198, 199)
"""The ATA attributes Unraid watches by default (the webGUI's Preselect.php)."""

LARGEST_RAW = 2**48
"""An ATA attribute's raw value has 6 bytes; a larger one is damage."""

MAX_HOURS = 300_000
"""34 years. No drive with SMART is older; a larger number is packed with others
(Seagate), in another unit, or damage.
"""

FAILING = "FAILING_NOW"
"""smartctl's word for an attribute whose value is at its threshold or below. A drive
may have some and still pass: its verdict counts some attributes only.
"""
MAX_FAILING = 8
MAX_NAME_CHARACTERS = 32

Health = Literal["passed", "failed", "unknown"]

HEALTH_WORDS: dict[str, Health] = {
    "PASSED": "passed",
    "OK": "passed",
    "FAILED": "failed",
    "NOK": "failed",
    "UNKNOWN": "unknown",
}

HEALTH_LINE = re.compile(r"^SMART (?:overall-health|Health Status)[^:\n]{0,60}: *([A-Z]+)([^\n]*)", re.MULTILINE)
"""The line the webGUI reads health from."""

HARMLESS = re.compile(
    r"(?:SPECIFIED|OPERATING|CRITICAL) TEMPERATURE|TEMPERATURE (?:LIMIT|EXCEEDED)|ENCLOSURE DEGRADED|HUMIDITY"
    r"|VOLTAGE|POWER LOSS EXPECTED|STATISTICS COLLECTION|\(FALSE\)"
)
"""Health lines of SCSI drives about their surroundings (ASC 0Bh) or a test
(5Dh/FFh).
"""

STANDBY = re.compile(r"[Dd]evice is (?:in [^\n]{1,60}mode|NOT READY)")
"""Words for a sleeping drive: ATA's and SCSI's."""

OPENED = re.compile(r"Device of type '([^']+)' \[\w+\] opened")

GIVES_UP = (ValueError, LookupError, TypeError, AttributeError, StopIteration, ArithmeticError, InvalidSize)
"""Errors that pySMART raises on a text it can't parse."""

SIGNED = re.compile(r" *(-?\d{1,20})")

Answer = Callable[[Sequence[str]], tuple[str, int]]
"""Runs smartctl with arguments; returns its output and exit status."""


class _Spoken(Smartctl):  # type: ignore[misc]  # pySMART publishes no types
    """Replacement for pySMART's smartctl, which prints the result of *answer*. pySMART
    adds options to it.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(smartctl_path="smartctl", options=[])
        self.report = ""
        """Its text on the whole drive."""
        self._answer = answer

    def _exec(self, cmd: list[str]) -> tuple[list[str], int]:
        arguments = cmd[1:]
        text, status = self._answer(arguments)
        if "--all" in arguments:
            self.report = text
            # pySMART skips four lines and wants a blank one after the table.
            return ["", "", "", "", *readable_lines(text), ""], status
        return [*text.splitlines(), "", "", "", "", ""], status


def parse_reading(text: str, at: float) -> SmartReading | None:
    """Return the reading of *text*, which was printed at Unix time *at*.

    None if there is none: it is empty, ends within a line, is not smartctl's, or only
    reports that the drive sleeps. A drive that can't be queried (no SMART, an unknown
    USB bridge) gives a reading in which every value is unknown.
    """
    if not text.endswith("\n"):
        return None

    def answer(arguments: Sequence[str]) -> tuple[str, int]:
        return (text, 0) if "--all" in arguments else ("", 1)

    return _reading("-", _interface_of(text), answer, at)


def ask_drive(device: str, transport: str, answer: Answer, *, at: float, controller: str = "") -> SmartReading | None:
    """Query drive *device* (``sdb``) at Unix time *at*; return None if it sleeps.

    *transport* is Unraid's word for its connection, *controller* the user's setting of
    smartctl's ``-d`` type. Blocks as *answer* does. Raises the errors of *answer*.
    """
    if controller:
        text, _ = answer(["-d", controller, "--all", f"/dev/{device}"])
        return parse_reading(text, at)
    interface = {"ata": "sat", "sata": "sat", "nvme": "nvme"}.get(transport)
    if interface is None:
        # A SAS or USB bridge may have either kind of drive: smartctl finds out.
        text, _ = answer(["-d", "test", f"/dev/{device}"])
        opened = OPENED.search(text)
        if opened is None:
            return parse_reading(text, at)
        # "sas", because with "scsi" pySMART looks for a SATA drive, which smartctl has
        # just done. pySMART knows no name for the other kinds; without one it leaves
        # the choice to smartctl.
        interface = {"scsi": "sas", "sat": "sat", "nvme": "nvme"}.get(opened[1])
    return _reading(device, interface, answer, at)


def _interface_of(text: str) -> str:
    if "(NVMe Log 0x02" in text:
        return "nvme"
    return "sat" if "Specific SMART Attributes" in text else "sas"


def _reading(device: str, interface: str | None, answer: Answer, at: float) -> SmartReading | None:
    spoken = _Spoken(answer)
    try:
        drive = Device(f"/dev/{device}", interface=interface, smartctl=spoken)
    except GIVES_UP:
        drive = None
    reading = _reading_from(drive, spoken.report, at)
    return reading if _says_anything(reading) or _is_refusal(spoken.report) else None


def _reading_from(drive: Device | None, text: str, at: float) -> SmartReading:
    """Return pySMART's reading of *text*, or the health line alone."""
    values = None if drive is None else drive.if_attributes
    raws: dict[int, int | None] = {}
    temperature = None if drive is None else drive.temperature
    hours = wear = spare = None
    failing: tuple[str, ...] = ()
    if isinstance(values, AtaAttributes):
        rows = [row for row in values.legacyAttributes if row is not None]
        raws = {row.num: row.raw_int for row in rows}
        failing = tuple(_name_of(row.name) for row in rows if row.when_failed == FAILING)[:MAX_FAILING]
        # pySMART's own temperature has no sign, and prefers 190, the airflow
        # temperature.
        signed = {row.num: _signed(row.raw) for row in rows}
        temperature, hours = signed.get(194) or signed.get(190), raws.get(9)
        hours = parse_unrated_hours(text) if hours is None else hours
    elif isinstance(values, NvmeAttributes):
        hours, wear, spare = values.powerOnHours, values.percentageUsed, values.availableSpare
    elif isinstance(values, SCSIAttributes):
        hours, life_left = values.diagnostics.Power_On_Hours, values.diagnostics.Life_Left
        hours = parse_hours(text) if hours is None else hours
        wear = None if life_left is None else 100 - life_left
    watched = {number: _whole(raws.get(number), 0, LARGEST_RAW) for number in WATCHED}
    return SmartReading(
        health=_health_from(drive, text),
        # A drive without a sensor reports 0.
        temperature=_whole(temperature, -40, 120) or None,
        power_on_hours=_whole(hours, 0, MAX_HOURS),
        attributes={number: value for number, value in watched.items() if value is not None},
        wear_percent=_whole(wear, 0, 255),
        spare_percent=_whole(spare, 0, 255),
        grown_defects=_whole(parse_defects(text), 0, LARGEST_RAW),
        uncorrected_errors=_whole(parse_uncorrected(text), 0, LARGEST_RAW),
        at=at,
        failing=failing,
    )


def _health_from(drive: Device | None, text: str) -> Health:
    """Return the health line's word as the webGUI reads it, else the word that the
    values imply.
    """
    line = HEALTH_LINE.search(text)
    if line is not None:
        # SCSI drives name the fault instead: "FIRMWARE IMPENDING FAILURE".
        said = line[1] + line[2]
        is_harmless = HARMLESS.search(said) is not None and "IMPENDING FAILURE" not in said
        return HEALTH_WORDS.get(line[1], "passed" if is_harmless else "failed")
    if drive is None:
        return "unknown"
    if drive.assessment == "FAIL":
        return "failed"
    if isinstance(drive.if_attributes, NvmeAttributes) and drive.if_attributes.criticalWarning is not None:
        # smartctl's own rule for the health line of NVMe.
        return "failed" if drive.if_attributes.criticalWarning else "passed"
    return "unknown"


def _name_of(attribute: object) -> str:
    """Return an attribute's name for a person: ``Airflow Temperature Cel``."""
    text = attribute if isinstance(attribute, str) else ""
    return "".join(c for c in text.replace("_", " ") if c.isprintable())[:MAX_NAME_CHARACTERS]


def _signed(raw: object) -> int | None:
    """Return the number at the start of *raw*: ``-4`` of ``-4 (Min/Max -10/45)``."""
    number = SIGNED.match(raw) if isinstance(raw, str) else None
    return int(number[1]) if number else None


def _whole(value: object, lowest: int, largest: int) -> int | None:
    return value if isinstance(value, int) and lowest <= value <= largest else None


def _says_anything(reading: SmartReading) -> bool:
    known = (
        reading.temperature,
        reading.power_on_hours,
        reading.wear_percent,
        reading.spare_percent,
        reading.grown_defects,
        reading.uncorrected_errors,
    )
    return reading.health != "unknown" or bool(reading.attributes) or any(value is not None for value in known)


def _is_refusal(text: str) -> bool:
    """Return whether smartctl gives a reason for knowing nothing, other than that the
    drive sleeps.
    """
    header, *lines = text.splitlines() or [""]
    said = [line for line in lines if line.strip() and not line.startswith(("Copyright", "==="))]
    return header.startswith("smartctl ") and bool(said) and STANDBY.search(text) is None
