"""Lines of smartctl's texts that pySMART can parse, and values beside them."""

import pytest

from uma.feeds.smart.lines import (
    MAX_LINE_CHARACTERS,
    parse_defects,
    parse_hours,
    parse_number,
    parse_uncorrected,
    readable_lines,
)

NVME = "SMART/Health Information (NVMe Log 0x02)"
TABLE = "Vendor Specific SMART Attributes with Thresholds:"
ROW = "  9 Power_On_Hours          0x0032   057   057   000    Old_age   Always       -       31047"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("6726", 6726),
        ("6,726", 6726),
        ("35.239.374", 35239374),
        ("21\ufffd600\ufffd976", 21600976),
        ("21\u00a0600", 21600),
        ("21\u202f600", 21600),
        ("21 600 976", 21600976),
        ("1'594'912", 1594912),
        ("1\u2019594", 1594),
        ("-4", -4),
        ("0", 0),
        ("-", None),
        ("", None),
        ("??", None),
        ("6 72", None),
        ("1.5", None),
        ("0x10", None),
        ("12-345", None),
        ("9" * 21, None),
        ("\u0663", None),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    """Digits may be grouped in threes by any sign; anything else is not a number."""
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("line", "readable"),
    [
        ("Temperature:                        38 Celsius", "Temperature: 38 Celsius"),
        ("Temperature:                        -7 Celsius", "Temperature: -7 Celsius"),
        ("Temperature:                        100 Fahrenheit", "Temperature: 38 Celsius"),
        ("Temperature:                        - Celsius", None),
        ("Available Spare:                    100%", "Available Spare: 100%"),
        ("Available Spare:                    x%", None),
        ("Percentage Used:                    255%", "Percentage Used: 255%"),
        ("Power On Hours:                     6\ufffd726", "Power On Hours: 6726"),
        ("Power On Hours:                     -", None),
        ("Critical Warning:                   0x04", "Critical Warning:                   0x04"),
        ("Critical Warning:                   zero", None),
        ("Data Units Read:                    35\ufffd239 [bogus", None),
        ("Unsafe Shutdowns:                   many", None),
        ("no colon", None),
    ],
)
def test_nvme_lines(line: str, readable: str | None) -> None:
    """The log's needed lines stay, with plain numbers; an unreadable one is left out by itself."""
    assert readable_lines(f"{NVME}\n{line}\n\n") == [NVME, *([readable] if readable else []), ""]


@pytest.mark.parametrize(
    "row",
    [
        ROW.replace("0x0032", "-O--CK"),
        ROW.replace("057   057", "---   ---"),
        ROW.replace("  000 ", "  0x0 "),
        ROW.replace("  9 ", "999 "),
        "ID# ATTRIBUTE_NAME          FLAG     VALUE WORST THRESH TYPE      UPDATED  WHEN_FAILED RAW_VALUE",
        "9 Power_On_Hours",
    ],
)
def test_unreadable_rows(row: str) -> None:
    """A table row with a strange column is left out by itself."""
    assert readable_lines(f"{TABLE}\n{row}\n{ROW}\n\nnext\n") == [TABLE, ROW, ""]


@pytest.mark.parametrize(
    ("line", "readable"),
    [
        ("Current Drive Temperature:     36 C", "Current Drive Temperature: 36 C"),
        ("Current Drive Temperature:     -5 C", "Current Drive Temperature: -5 C"),
        ("Current Drive Temperature:     <not available>", None),
        ("Percentage used endurance indicator: 3%", "Percentage used endurance indicator: 3%"),
        ("Percentage used endurance indicator: x%", None),
        (
            "Accumulated power on time, hours:minutes 36463:17 [2187797 minutes]",
            "Accumulated power on time, hours:minutes 36463:00",
        ),
        ("Specified cycle count over device lifetime:  many", None),
        ("Elements in grown defect list: x", None),
        ("read:  1 2 3 - 5 x y", None),
        ("Logical block size:   none", None),
        ("SMART Health Status: OK", "SMART Health Status: OK"),
        ("SMART Health Status OK", None),
        ("Product", None),
        ("Self-test log with Product: of a kind", None),
    ],
)
def test_sas_lines(line: str, readable: str | None) -> None:
    """Lines that pySMART would fail on are removed."""
    assert readable_lines(f"{line}\n") == ([readable] if readable else [])


def test_long_lines_are_cut() -> None:
    """No line is longer than smartctl's."""
    assert [len(line) for line in readable_lines(f"Product: {'x' * 60_000}\n")] == [MAX_LINE_CHARACTERS]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("  number of hours powered up = 36491.38\n", 36491),
        ("number of hours powered up=0.02\n", 0),
        ("  number of hours powered up = unknown\n", None),
        ("  number of minutes until next internal SMART test = 24\n", None),
    ],
)
def test_factory_hours(text: str, hours: int | None) -> None:
    """Older SAS drives report their hours on the vendor's page."""
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "defects"),
    [
        ("Elements in grown defect list: 4127\n", 4127),
        ("Elements in grown defect list: 0\n", 0),
        ("Elements in grown defect list: <not available>\n", None),
        ("Grown defects during certification = 7\n", None),
        ("", None),
    ],
)
def test_grown_defects(text: str, defects: int | None) -> None:
    """The list of sectors that the drive replaced during use."""
    assert parse_defects(text) == defects


LOG = """Error counter log:
           Errors Corrected by           Total   Correction     Gigabytes    Total
               ECC          rereads/    errors   algorithm      processed    uncorrected
           fast | delayed   rewrites  corrected  invocations   [10^9 bytes]  errors
"""


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        (f"{LOG}read:   9 0 0 9 9 1234.567 3\nwrite:  0 0 0 0 0 99.1 1\nverify: 0 0 0 0 0 0.000 0\n", 4),
        (f"{LOG}read:   9 0 0 9 9 1234.567 0\nwrite:  0 0 0 0 0 99.1 0\n\nNon-medium error count: 7\n", 0),
        (f"{LOG}read:   9 0 0 9 9 1234.567 -\nwrite:  0 0 0 0 0 99.1 2\n\nNon-medium error count: 7\n", 2),
        (f"{LOG}read:   9 0 0 9 9 1234.567 3\n", None),
        (f"{NVME}\nMedia and Data Integrity Errors:    1\ufffd088\n", 1088),
        ("Media and Data Integrity Errors:    -\n", None),
        ("", None),
    ],
)
def test_uncorrected_errors(text: str, errors: int | None) -> None:
    """SAS drives report them in a table of reads, writes and verifies; NVMe drives have their own count."""
    if "verify" in text:
        text += "\n\nNon-medium error count: 7\n"

    assert parse_uncorrected(text) == errors
