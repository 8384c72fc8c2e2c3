"""smartctl's texts as readings. The texts have smartctl's own formats, with invented drives."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uma.feeds.smart.model import SmartReading
from uma.feeds.smart.reading import ask_drive, parse_reading

TEXTS = Path(__file__).parents[3] / "fixtures/smart"
NAMES = sorted(path.name for path in TEXTS.glob("*.txt"))
AT = 1_750_000_000.0


def text_of(name):
    return (TEXTS / name).read_text()


def reading(health, temperature=None, hours=None, attributes=None, *, wear=None, spare=None, defects=None, errors=None):
    return SmartReading(health, temperature, hours, attributes or {}, wear, spare, AT, defects, errors)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ata-healthy.txt", reading("passed", 35, 31047, {5: 0, 197: 0, 198: 0, 199: 3})),
        ("ata-ends-after-table.txt", reading("passed", 35, 31047, {5: 0, 197: 0, 198: 0, 199: 3})),
        (
            "ata-failing.txt",
            replace(
                reading("failed", 41, 40612, {5: 65528, 187: 319, 197: 1048, 198: 1048, 199: 0}),
                failing=("Reallocated Sector Ct",),
            ),
        ),
        ("nvme-healthy.txt", reading("passed", 42, 20433, wear=7, spare=100, errors=0)),
        ("nvme-critical-warning.txt", reading("failed", 58, 20433, wear=103, spare=4, errors=88)),
        ("sas-healthy.txt", reading("passed", 33, 36463, defects=0)),
        ("sas-failing.txt", reading("failed", 33, 36463, defects=4127)),
        ("sas-ssd.txt", reading("passed", 29, 9021, wear=3, defects=0)),
        ("standby.txt", None),
        ("usb-unknown-bridge.txt", reading("unknown")),
    ],
)
def test_each_format_is_read(name, expected):
    """ATA, NVMe and SAS texts give the printed health, temperature, hours, attributes, wear and spare."""
    assert parse_reading(text_of(name), AT) == expected


def test_every_text_is_tried():
    """Every fixture is used."""
    marks = [mark for mark in test_each_format_is_read.pytestmark if mark.name == "parametrize"]
    assert [row[0] for row in sorted(marks[0].args[1])] == NAMES


@pytest.mark.parametrize(
    ("failed", "failing"),
    [("-", ()), ("In_the_past", ()), ("FAILING_NOW", ("Temperature Celsius",)), ("FAILING_LATER", ())],
)
def test_an_attribute_below_its_threshold(failed, failing):
    """A drive may pass with one; only its present value counts."""
    text, changes = re.subn(
        r"(?m)^(194 Temperature_Celsius .{1,60}?) - ", rf"\g<1> {failed} ", text_of("ata-healthy.txt")
    )

    assert changes == 1
    assert (parse_reading(text, AT).health, parse_reading(text, AT).failing) == ("passed", failing)


def test_health_line_may_stand_anywhere():
    """Health is read after the attribute table as well as before it."""
    lines = text_of("ata-healthy.txt").splitlines(keepends=True)
    health = next(line for line in lines if line.startswith("SMART overall"))
    text = "".join(line for line in lines if line != health) + health
    assert parse_reading(text, AT) == parse_reading(text_of("ata-healthy.txt"), AT)


@pytest.mark.parametrize(
    ("line", "health"),
    [
        ("SMART overall-health self-assessment test result: PASSED", "passed"),
        ("SMART overall-health self-assessment test result: FAILED!", "failed"),
        ("SMART overall-health self-assessment test result: UNKNOWN!", "unknown"),
        ("SMART Health Status: OK", "passed"),
        ("SMART Health Status: NOK", "failed"),
        ("SMART Health Status: DATA CHANNEL IMPENDING FAILURE GENERAL HARD DRIVE FAILURE [asc=5d, ascq=30]", "failed"),
    ],
)
def test_health_words(line, health):
    """The health line's word decides, as in the webGUI; a SCSI drive's own failure text is a failure."""
    found = parse_reading(f"smartctl 7.4\n\n{line}\n", AT)
    assert found is not None
    assert found.health == health


def test_no_health_line_and_a_failing_attribute():
    """Without a health line, an attribute that is failing now means failed; otherwise health is unknown."""
    without = re.sub(r"SMART overall.*\n", "", text_of("ata-failing.txt"))
    assert parse_reading(without, AT).health == "failed"
    without = re.sub(r"SMART overall.*\n", "", text_of("ata-healthy.txt"))
    assert parse_reading(without, AT).health == "unknown"


@pytest.mark.parametrize(("name", "health"), [("nvme-healthy.txt", "passed"), ("nvme-critical-warning.txt", "failed")])
def test_no_health_line_and_the_critical_warning(name, health):
    """Without a health line an NVMe drive's critical warning decides."""
    assert parse_reading(re.sub(r"SMART overall.*\n", "", text_of(name)), AT).health == health


@pytest.mark.parametrize("name", NAMES)
def test_cut_within_a_line_says_nothing(name):
    """A text that ends within a line is not believed: 12 may be the start of 1234."""
    text = text_of(name)
    ends = [end for end in range(len(text)) if not text[:end].endswith("\n")]
    assert {parse_reading(text[:end], AT) for end in ends[:: max(1, len(ends) // 60)]} == {None}


@pytest.mark.parametrize("name", NAMES)
def test_cut_between_lines_invents_nothing(name):
    """A text cut after any line gives values of the whole text or none, never others."""
    text = text_of(name)
    whole = parse_reading(text, AT)
    lines = text.splitlines(keepends=True)
    for count in range(len(lines)):
        part = parse_reading("".join(lines[:count]), AT)
        if part is None:
            continue
        assert part.health in {"unknown", whole.health}, count
        assert part.attributes.items() <= whole.attributes.items()
        for field in ("temperature", "power_on_hours", "wear_percent", "spare_percent"):
            assert getattr(part, field) in {None, getattr(whole, field)}, (count, field)


def test_garbage_where_a_number_is_costs_that_number():
    """An unreadable value is unknown; all others, and the health line, still count."""
    text = text_of("nvme-critical-warning.txt").replace("58 Celsius", "?? Celsius")
    assert parse_reading(text, AT) == reading("failed", None, 20433, wear=103, spare=4, errors=88)
    text = text_of("nvme-healthy.txt").replace(",", "\ufffd").replace("90\ufffd372\ufffd181", "x")
    assert parse_reading(text, AT) == parse_reading(text_of("nvme-healthy.txt"), AT)
    text = text_of("sas-healthy.txt").replace("50000", "many").replace("list: 0", "list: none")
    assert parse_reading(text, AT) == reading("passed", 33, 36463)
    text = re.sub(r"(?m)^  9 .*$", lambda row: row[0].replace("0x00", "-O--"), text_of("ata-healthy.txt"))
    assert parse_reading(text, AT) == reading("passed", 35, None, {5: 0, 197: 0, 198: 0, 199: 3})


@pytest.mark.parametrize(
    ("raw", "temperature"),
    [("-4 (Min/Max -10/45)", -4), ("34 (Min/Max 20/45)", 34), ("-41", None), ("163212820510", None), ("x", 40)],
)
def test_the_sign_of_a_temperature(raw, temperature):
    """A cold drive has a negative temperature; without a value, the airflow's temperature is used."""
    text = text_of("ata-failing.txt").replace("41 (Min/Max 38/44)", "40").replace("41 (0 17 0 0 0)", raw)
    assert parse_reading(text, AT).temperature == temperature


@pytest.mark.parametrize(
    "line",
    [
        "SPECIFIED TEMPERATURE EXCEEDED [asc=b, ascq=1]",
        "WARNING - SPECIFIED TEMPERATURE EXCEEDED [asc=b, ascq=1]",
        "WARNING: ENCLOSURE DEGRADED [asc=b, ascq=2]",
        "WARNING - HIGH CRITICAL TEMPERATURE LIMIT EXCEEDED [asc=b, ascq=a]",
        "WARNING - LOW OPERATING TEMPERATURE LIMIT EXCEEDED [asc=b, ascq=d]",
        "WARNING - HIGH OPERATING HUMIDITY LIMIT EXCEEDED [asc=b, ascq=10]",
        "FAILURE PREDICTION THRESHOLD EXCEEDED (FALSE) [asc=5d, ascq=ff]",
    ],
)
def test_a_warning_of_the_surroundings_is_not_a_failure(line):
    """A drive that is hot, in a degraded enclosure, or tests the alarm has not failed."""
    assert parse_reading(text_of("sas-healthy.txt").replace("Status: OK", f"Status: {line}"), AT).health == "passed"


@pytest.mark.parametrize(
    "line",
    [
        "WARNING - BACKGROUND SELF-TEST FAILED [asc=b, ascq=3]",
        "WARNING - BACKGROUND MEDIUM SCAN DETECTED MEDIUM ERROR [asc=b, ascq=5]",
        "HARDWARE IMPENDING FAILURE TEMPERATURE EXCEEDED [asc=5d, ascq=1f]",
        "FAILURE PREDICTION THRESHOLD EXCEEDED [asc=5d, ascq=0]",
        "SERVO IMPENDING FAILURE SEEK ERROR RATE TOO HIGH [asc=5d, ascq=43]",
    ],
)
def test_a_warning_of_the_drive_itself_is_a_failure(line):
    """A medium error, a failed self-test, and each impending failure."""
    assert parse_reading(text_of("sas-healthy.txt").replace("Status: OK", f"Status: {line}"), AT).health == "failed"


@pytest.mark.parametrize(
    "words",
    [
        "device is NOT READY (e.g. spun down, busy)",
        "Device is in STANDBY mode, exit(2)",
        "Device is in STANDBY (OS) mode, exit(2)",
        "Device is in SLEEP mode, exit(2)",
        "Device is in IDLE_B mode, exit(2)",
        "Device is in STANDBY BY COMMAND mode, exit(2)",
        "/dev/sdb: Device is in STANDBY mode",
    ],
)
def test_a_drive_that_sleeps_says_nothing(words):
    """With any of smartctl's words for it, ATA's or SCSI's, the last reading is kept."""
    assert parse_reading(f"smartctl 7.5\nCopyright (C) 2002-25\n\n{words}\n", AT) is None


def test_sas_hours_in_both_spellings():
    """The factory page is used if there is no accumulated time."""
    text = (
        text_of("sas-healthy.txt")
        + "Vendor (Seagate/Hitachi) factory information\n  number of hours powered up = 91.38\n"
    )
    assert parse_reading(text, AT).power_on_hours == 36463
    assert parse_reading(re.sub("Accumulated power on.*\n", "", text), AT).power_on_hours == 91


@pytest.mark.parametrize(
    ("raw", "hours"),
    [
        ("31047", 31047),
        ("31047 (146 76 0)", 31047),
        ("31047h+12m+01.500s", 31047),
        # A Seagate's minutes above its hours, both undivided.
        ("216784238219920", None),
        ("4294967295", None),
        ("135046064328555498", None),
    ],
)
def test_impossible_hours_are_none(raw, hours):
    """A drive can't have run for longer than drives have had SMART."""
    text = re.sub(r"(9 Power_On_Hours .* - +)\d+", rf"\g<1>{raw}", text_of("ata-healthy.txt"))
    assert raw in text
    assert parse_reading(text, AT).power_on_hours == hours


@pytest.mark.parametrize(
    ("row", "hours"),
    [
        # OCZ Vertex, from a public report.
        ("  9 Power_On_Hours          0x0000   ---   ---   ---    Old_age   Offline      -       18675", 18675),
        ("  9 Power_On_Hours          0x0032   ---   ---   000    Old_age   Always       -       702", 702),
        # SandForce, from a public report.
        (
            "  9 Power_On_Hours          0x0032   ---   ---   ---    Old_age   Always       -       13504606432855549",
            None,
        ),
        (" 12 Power_Cycle_Count       0x0000   ---   ---   ---    Old_age   Offline      -       452", None),
    ],
)
def test_hours_of_a_drive_without_normalised_values(row, hours):
    """smartctl writes dashes for the values that the drive does not have."""
    text = re.sub(r"  9 Power_On_Hours .*", row, text_of("ata-healthy.txt"))
    found = parse_reading(text, AT)
    assert (found.power_on_hours, found.health) == (hours, "passed")


@pytest.mark.parametrize("name", ["ata-healthy.txt", "nvme-healthy.txt", "sas-healthy.txt"])
def test_impossible_temperatures_are_none(name):
    """0 °C, which a drive without a sensor reports, and more than 120 °C are not temperatures."""
    for wrong in ("0", "250"):
        text = re.sub(r"(?<=- {7})35 |(?<= )42(?= Celsius)|33(?= C\n)", f"{wrong} ", text_of(name))
        found = parse_reading(text, AT)
        assert found.temperature is None
        assert found.health == "passed"


def test_air_temperature_is_second_choice():
    """The drive's own temperature (194) precedes the airflow's (190), which is used alone."""
    text = text_of("ata-failing.txt").replace("41 (Min/Max 38/44)", "29 (Min/Max 20/30)")
    assert parse_reading(text, AT).temperature == 41
    assert parse_reading(re.sub(r"194 Temp.*\n", "", text), AT).temperature == 29


def test_raw_values_of_more_than_six_bytes_are_damage():
    """A raw value beyond 48 bits, which no drive can send, is left out; the others stay."""
    text = text_of("ata-failing.txt").replace("65528", str(2**48 + 1))
    assert parse_reading(text, AT).attributes == {187: 319, 197: 1048, 198: 1048, 199: 0}


def test_long_lines_cost_nothing():
    """A line that makes a pattern backtrack is cut: the self-test log and 100 KB lines take no time."""
    trap = "# 1  " + "a  " * 30_000 + "\n"
    text = text_of("ata-healthy.txt") + "SMART Self-test log structure revision number 1\n" + trap * 3
    assert parse_reading(text, AT) == parse_reading(text_of("ata-healthy.txt"), AT)


@given(st.binary(max_size=2000))
@example(b"\n")
@example(b"smartctl \n")
@example(b"Vendor Specific SMART Attributes with Thresholds:\n999 x 0x1 1 1 1 a b c 1\n")
@example(b"SMART/Health Information (NVMe Log 0x02)\nData Units Read: 1 [bogus]\n")
@example(b"SMART/Health Information (NVMe Log 0x02)\nError Information (NVMe Log 0x01, \n")
def test_noise_is_survived(noise):
    """Binary noise never raises an error; without a health line or values there is no reading."""
    found = parse_reading(noise.decode(errors="replace"), AT)
    assert found is None or noise.startswith(b"smartctl ") or b"SMART" in noise


@given(data=st.data(), name=st.sampled_from(NAMES))
def test_damaged_texts_are_survived(data, name):
    """Texts with lines swapped, doubled, cut or overwritten never raise, and give values in range."""
    lines = text_of(name).splitlines()
    junk = st.sampled_from(
        [":", "", "=", "% ", "x: y", "Data Units Read: [", "read: 0", "Firmware Version", "9" * 6000]
    )
    damage = st.lists(
        st.tuples(st.integers(0, len(lines) - 1), st.integers(0, 120), st.sampled_from(lines) | junk), max_size=6
    )
    for at, column, put in data.draw(damage):
        lines[at] = lines[at][:column] + put
    found = parse_reading("\n".join(lines) + "\n", AT)
    assert found is None or found.temperature is None or -40 <= found.temperature <= 120


class Drive:
    """A drive that answers like smartctl, from a table of arguments, and records every query."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def __call__(self, arguments):
        self.asked.append(" ".join(arguments))
        return self.answers.get(self.asked[-1], ("smartctl 7.4\n\n/dev/sdb: Unable to detect device type\n", 1))


@pytest.mark.parametrize(
    ("transport", "device", "call", "name"),
    [
        ("ata", "sdb", "-d sat --all /dev/sdb", "ata-failing.txt"),
        ("sata", "sdb", "-d sat --all /dev/sdb", "ata-ends-after-table.txt"),
        ("nvme", "nvme0n1", "-d nvme --all /dev/nvme0n1", "nvme-healthy.txt"),
    ],
)
def test_a_drive_of_known_kind_is_asked_once(transport, device, call, name):
    """A SATA or NVMe drive is queried by one call of smartctl, and its answer is parsed like a text."""
    drive = Drive({call: (text_of(name), 0)})
    assert ask_drive(device, transport, drive, at=AT) == parse_reading(text_of(name), AT)
    assert drive.asked == [call]


@pytest.mark.parametrize(
    ("kind", "call", "name"),
    [
        ("'sat' [ATA]", "-d sat --all /dev/sdb", "ata-healthy.txt"),
        ("'scsi' [SCSI]", "-d scsi --all /dev/sdb", "sas-failing.txt"),
        ("'usbjmicron,0' [ATA]", "--all /dev/sdb", "ata-healthy.txt"),
    ],
)
@pytest.mark.parametrize("transport", ["usb", "sas", "scsi", ""])
def test_a_bridge_is_queried_for_its_drive(kind, call, name, transport):
    """Behind USB and SAS smartctl first detects the kind of drive; a kind that pySMART can't name works too."""
    drive = Drive(
        {"-d test /dev/sdb": (f"smartctl 7.4\n\n/dev/sdb: Device of type {kind} opened\n", 0), call: (text_of(name), 0)}
    )
    assert ask_drive("sdb", transport, drive, at=AT) == parse_reading(text_of(name), AT)
    assert drive.asked[-1] == call


def test_an_unknown_bridge_is_not_queried_again():
    """A USB bridge that smartctl does not know gives an empty reading after one call."""
    drive = Drive({"-d test /dev/sdg": (text_of("usb-unknown-bridge.txt"), 1)})
    assert ask_drive("sdg", "usb", drive, at=AT) == reading("unknown")
    assert drive.asked == ["-d test /dev/sdg"]


def test_a_sleeping_drive_says_nothing():
    """A report that the drive sleeps is not a reading, so the last one is kept."""
    drive = Drive({"-d sat --all /dev/sdb": (text_of("standby.txt"), 2)})
    assert ask_drive("sdb", "ata", drive, at=AT) is None


@pytest.mark.parametrize(
    ("controller", "name"),
    [("sntasmedia", "nvme-healthy.txt"), ("megaraid,5", "sas-healthy.txt"), ("sat,12", "ata-healthy.txt")],
)
def test_the_users_controller_type_is_asked_with(controller, name):
    """One call, with the user's type, whatever transport Unraid reports."""
    drive = Drive({f"-d {controller} --all /dev/sdh": (text_of(name), 0)})
    for transport in ("usb", "ata", "nvme", ""):
        assert ask_drive("sdh", transport, drive, at=AT, controller=controller) == parse_reading(text_of(name), AT)
    assert set(drive.asked) == {f"-d {controller} --all /dev/sdh"}


def test_no_answer_is_the_callers_to_hear():
    """A timeout is not treated as an unreadable text."""

    def hang(arguments):
        raise TimeoutError("smartctl did not answer")

    with pytest.raises(TimeoutError):
        ask_drive("sdb", "ata", hang, at=AT)
