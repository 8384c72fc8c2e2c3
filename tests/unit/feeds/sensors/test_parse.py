"""Names and texts of sensor chips, and the user's sensors.conf."""

import pytest

from uma.feeds.sensors.parse import (
    choices_for,
    is_connected,
    is_plausible,
    parse_channel,
    parse_chip_place,
    parse_conf,
    parse_critical,
    parse_value,
    role_of,
)

from .boards import USERS_CONF


@pytest.mark.parametrize(
    ("subsystem", "device", "place"),
    [
        ("platform", "nct6775.656", "isa-0290"),
        ("platform", "coretemp.0", "isa-0000"),
        ("platform", "asus-wmi", "isa-0000"),
        ("pci", "0000:00:18.3", "pci-00c3"),
        ("pci", "0001:05:00.0", "pci-10500"),
        ("i2c", "0-0018", "i2c-0-18"),
        ("spi", "spi0.1", "spi-0-1"),
        ("hid", "0003:1B1C:0C10.0002", "hid-3-2"),
        ("acpi", "LNXTHERM:00", "acpi-0"),
        ("mdio_bus", "r8169-0-300:00", "mdio-0"),
        ("", "", None),
        ("thermal", "thermal_zone0", None),
        ("wmi", "DEADBEEF-2001-0000-00A0-C90629100000-12", None),
        ("pci", "noise", None),
    ],
)
def test_places_are_libsensors(subsystem, device, place):
    """So the user's sensors.conf, which uses them, matches its chips."""
    assert parse_chip_place(subsystem, device) == place


@pytest.mark.parametrize(
    ("attribute", "channel"),
    [
        ("fan2_input", ("fan", 2)),
        ("temp10_input", ("temp", 10)),
        ("in0_input", ("in", 0)),
        ("fan2_label", None),
        ("curr1_input", None),
        ("intrusion0_alarm", None),
        ("temp_input", None),
    ],
)
def test_channels(attribute, channel):
    """Temperatures, fans and voltages; any other attribute is None."""
    assert parse_channel(attribute) == channel


def test_the_users_choices():
    """Labels, ignored channels and formulas, by chip; patterns have stars."""
    statements = parse_conf(USERS_CONF)
    board = choices_for("nct6798-isa-0290", statements)

    assert choices_for("coretemp-isa-0000", statements).labels == {"temp1": "CPU Temp"}
    assert board.labels == {"temp1": "MB Temp", "temp4": "Water", "fan2": "Array Fan", "in0": "Vcore"}
    assert (board.ignored, board.computed) == ({"fan1"}, {"in1"})
    assert choices_for("it8688-isa-0a40", statements).labels == {}


@pytest.mark.parametrize(
    "text",
    [
        'chip "*-isa-*\nlabel temp1 "open',
        "label temp1 x\nignore\ncompute",
        'chip "[a-z]*"\nlabel temp1 X',
        "chip " + "*a" * 500 + "\nlabel temp1 X",
        "chip\nlabel temp1 X",
        "[" * 100_000,
        'chip "nct6798-*"\nchip "open\nlabel temp1 X',
        'chip "nct6798-*"\nchip ' + '"x" ' * 1000 + "\nlabel temp1 X",
        "\x00\ufffd\u2028" * 1000,
        "chip *\nset temp1_max 50\nbus i2c-0 x",
    ],
)
def test_a_damaged_conf_says_nothing(text):
    """Open quotes, slow patterns and noise are left out without an error."""
    assert choices_for("nct6798-isa-0290", parse_conf(text)).labels == {}


def test_a_label_is_printable_and_short():
    """The last of several labels counts, without control characters and cut at 48."""
    statements = parse_conf('chip "*"\nlabel temp1 "old"\nlabel temp1 "\x1b[31m' + "x" * 100 + '"\n')

    assert choices_for("a-isa-0", statements).labels == {"temp1": "[31m" + "x" * 44}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("temperature", "41375", 41.4),
        ("temperature", "-128000", -128.0),
        ("fan", "1040", 1040.0),
        ("fan", "0", 0.0),
        ("fan", "-1", None),
        ("voltage", "1016", 1.016),
        ("temperature", "", None),
        ("temperature", "n/a", None),
        ("temperature", "9" * 20, None),
    ],
)
def test_values(kind, text, value):
    """Thousandths become units; unreadable values are None. A fan at 0 has stopped, or is absent."""
    assert parse_value(kind, text) == value


@pytest.mark.parametrize(("text", "critical"), [("100000", 100.0), ("0", None), ("255000", None), ("", None)])
def test_a_critical_temperature_is_one(text, critical):
    """Chips without one report 0 or 255."""
    assert parse_critical(text) == critical


@pytest.mark.parametrize(
    ("label", "is_users", "chip", "role"),
    [
        ("CPU Temp", True, "nct6798", "cpu"),
        ("MB Temp", True, "nct6798", "motherboard"),
        ("Array Fan", True, "it8688", "array_fan"),
        ("Water", True, "nct6798", None),
        ("Package id 0", False, "coretemp", "cpu"),
        ("Tctl", False, "k10temp", "cpu"),
        ("Core 0", False, "coretemp", None),
        ("CPUTIN", False, "nct6798", None),
        ("CPU Temp", False, "asus_wmi", None),
    ],
)
def test_roles(label, is_users, chip, role):
    """They follow the user's label, or the processor's own driver, never a super-I/O chip's label."""
    assert role_of(label, is_users=is_users, chip=chip) == role


def test_unconnected_inputs():
    """AUXTIN at 112 °C passes every range check; only its name reveals it. The user's label overrides this."""
    assert not is_connected("AUXTIN2", is_users=False)
    assert not is_connected("CPUTIN", is_users=False)
    assert not is_connected("PCH_CHIP_TEMP", is_users=False)
    assert is_connected("SYSTIN", is_users=False)
    assert is_connected("CPUTIN", is_users=True)


def test_impossible_readings():
    """127.5 and -128 °C mean that the sensor is missing."""
    assert not is_plausible("temperature", 127.5)
    assert not is_plausible("temperature", -128.0)
    assert not is_plausible("temperature", 0.0)
    assert not is_plausible("temperature", -40.0)
    assert is_plausible("temperature", -39.5)
    assert is_plausible("temperature", 0.5)
    assert not is_plausible("fan", 5_400_000.0)
    assert is_plausible("temperature", None)
    assert is_plausible("fan", 0.0)
    assert is_plausible("voltage", 300.0)
