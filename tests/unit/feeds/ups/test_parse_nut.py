"""upsd's answers as a UPS."""

import pytest

from uma.feeds.ups.parse_nut import NO_OVERRIDES, Overrides, lost_ups, parse_words, ups_from_variables

VARIABLES = {
    "device.mfr": "EATON",
    "device.model": "Ellipse PRO 850",
    "device.serial": "G123456789",
    "ups.status": "OL CHRG",
    "ups.load": "17",
    "ups.power": "104",
    "ups.power.nominal": "850",
    "ups.realpower": "88",
    "ups.realpower.nominal": "510",
    "ups.test.result": "Done and passed",
    "battery.charge": "100",
    "battery.charge.low": "20",
    "battery.runtime": "2040",
    "battery.voltage": "13.6",
    "battery.date": "2024/05/01",
    "input.voltage": "231.0",
    "input.frequency": "50.0",
    "output.voltage": "230.0",
}
MEASURED = (
    *("battery_percent", "runtime_seconds", "load_percent", "power_watts", "power_estimated", "input_volts"),
    *("output_volts", "battery_volts", "frequency_hz", "temperature", "on_battery_since", "read_at"),
)


def ups(overrides=NO_OVERRIDES, *, without=(), **changes):
    changes = {name.replace("_", "."): value for name, value in changes.items()}
    variables = {name: value for name, value in (VARIABLES | changes).items() if name not in without}
    return ups_from_variables("ups", variables, overrides, read_at="2026-11-29T16:15:26Z", on_battery_since=None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('VAR ups battery.charge "100"\n', ["VAR", "ups", "battery.charge", "100"]),
        (r'VAR ups x "a \"b\" \\ c"', ["VAR", "ups", "x", r'a "b" \ c']),
        ('UPS ups ""', ["UPS", "ups", ""]),
        ("ERR DATA-STALE\r\n", ["ERR", "DATA-STALE"]),
        ('VAR ups x "open', ["VAR", "ups", "x", "open"]),
        ("", []),
        ("\\" * 5000, ["\\" * 2500]),
    ],
)
def test_words_may_be_quoted(line, words):
    """upsd escapes quotes and backslashes; a damaged line still gives words."""
    assert list(parse_words(line)) == words


def test_a_whole_answer():
    """Each value in the contract's unit; the serial number is left out."""
    found = ups()

    assert (found.id, found.source, found.name, found.model) == ("nut:ups", "nut", "ups", "EATON Ellipse PRO 850")
    assert (found.status, found.flags) == ("online", ("OL", "CHRG"))
    assert (found.battery_percent, found.runtime_seconds, found.load_percent) == (100.0, 2040, 17.0)
    assert (found.power_watts, found.power_estimated, found.nominal_power_watts) == (88.0, False, 510.0)
    assert (found.input_volts, found.output_volts, found.battery_volts) == (231.0, 230.0, 13.6)
    assert (found.frequency_hz, found.self_test, found.battery_date) == (50.0, "passed", "2024-05-01")
    assert (found.shutdown_battery_percent, found.shutdown_runtime_seconds) == (20.0, None)
    assert "G123456789" not in repr(found)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("OL", "online"),
        ("OL CHRG LB", "online"),
        ("OL RB", "replace_battery"),
        ("OL OVER TRIM", "overload"),
        ("OB DISCHRG", "on_battery"),
        ("OB LB DISCHRG", "low_battery"),
        ("FSD OB LB", "shutting_down"),
        ("BYPASS", "online"),
        ("ALARM OL", "online"),
        # networkupstools/nut: #1942, #1970, #3087, #2347.
        ("LB", "low_battery"),
        ("LB CHRG", "low_battery"),
        ("OL DISCHRG", "online"),
        ("OB DISCHRG ALARM LB", "low_battery"),
        ("OL CHRG LB RB", "replace_battery"),
        ("DISCHRG", "on_battery"),
        ("CHRG", "online"),
        ("BOOST", "online"),
        ("ECO OL", "online"),
        ("CAL OB DISCHRG", "on_battery"),
        ("HB", "unavailable"),
        ("ALARM", "unavailable"),
        ("WAIT", "unavailable"),
        ("OFF", "unavailable"),
        ("", "unavailable"),
    ],
)
def test_the_worst_word_decides(status, expected):
    """Several words can apply at once; mains come first."""
    assert ups(ups_status=status).status == expected


@pytest.mark.parametrize("status", ["OFF", "ALARM", "HB"])
def test_a_ups_without_a_word_for_mains_has_its_values(status):
    """upsd answers and has not lost the UPS: only the state of the mains is unknown."""
    found = ups(ups_status=status)

    assert (found.battery_percent, found.load_percent, found.input_volts) == (100.0, 17.0, 231.0)
    assert (found.flags, found.read_at) == ((status,), "2026-11-29T16:15:26Z")


@pytest.mark.parametrize("status", ["WAIT", "ALARM WAIT", ""])
def test_a_ups_that_upsd_waits_for_has_no_measured_value(status):
    """While upsd waits for its driver, its other values are old."""
    found = ups(ups_status=status)

    assert {getattr(found, name) for name in MEASURED} == {None}
    assert found.model == "EATON Ellipse PRO 850"


def test_a_lost_ups_keeps_constant_values():
    """Model, rating and thresholds are kept; every measured value is None."""
    found = lost_ups("ups", "communication_lost", VARIABLES, NO_OVERRIDES, flags=("DATA-STALE",))

    assert {getattr(found, name) for name in MEASURED} == {None}
    assert (found.status, found.flags, found.nominal_power_watts) == ("communication_lost", ("DATA-STALE",), 510.0)


def test_watts_are_the_plugins():
    """A rating by hand comes first, then what the UPS measures, then its own rating × load."""
    by_hand = ups(Overrides(watts=1000.0))
    estimated = ups(without=("ups.realpower",))
    unmeasured = ups(ups_realpower="0")
    rated = ups(Overrides(watts=1000.0, keeps_measured=True))

    assert (by_hand.power_watts, by_hand.power_estimated, by_hand.nominal_power_watts) == (170.0, True, 1000.0)
    assert (rated.power_watts, rated.power_estimated, rated.nominal_power_watts) == (88.0, False, 1000.0)
    assert (estimated.power_watts, estimated.power_estimated) == (86.7, True)
    assert (unmeasured.power_watts, unmeasured.power_estimated) == (86.7, True)


@pytest.mark.parametrize(
    ("told", "watts", "estimated"),
    [("88", 88.0, False), ("1020", 1020.0, False), ("1021", 86.7, True), ("65535", 86.7, True), ("x", 86.7, True)],
)
def test_impossible_watts_are_replaced_by_the_estimate(told, watts, estimated):
    """A UPS rated at 510 W does not deliver 65,535 W."""
    found = ups(ups_realpower=told)

    assert (found.power_watts, found.power_estimated) == (watts, estimated)


def test_names_that_a_driver_does_not_know():
    """NUT writes a missing text as (null) (home-assistant/core#182408)."""
    assert ups(device_model="(null)", device_mfr="(null)", without=("ups.model", "ups.mfr")).model is None
    assert ups(device_model="(null)", device_mfr="Eaton", without=("ups.model",)).model == "Eaton"


def test_volt_amperes_are_never_watts():
    """ups.power and ups.power.nominal are VA."""
    found = ups(without=("ups.realpower", "ups.realpower.nominal"))

    assert (found.power_watts, found.power_estimated, found.nominal_power_watts) == (None, None, None)


@pytest.mark.parametrize(
    ("without", "load"),
    [
        ((), 17.0),
        (("ups.load",), 17.3),
        (("ups.load", "ups.realpower"), 12.2),
        (("ups.load", "ups.realpower", "ups.power"), None),
    ],
)
def test_a_missing_load_is_reckoned(without, load):
    """From watts and their rating, else from VA and theirs, as in the plugin."""
    assert ups(without=without).load_percent == load


def test_the_runtime_is_where_the_user_said():
    """Users can select another variable in the plugin, in minutes."""
    found = ups(Overrides(runtime_variable="battery.runtime.x", runtime_unit_seconds=60), battery_runtime_x="34")

    assert found.runtime_seconds == 2040


def test_impossible_values_are_none():
    """255 %, 3,932,100 s and 255 °C (home-assistant/core#79703)."""
    found = ups(battery_charge="255", battery_runtime="3932100", ups_temperature="255", ups_load="255")

    assert (found.battery_percent, found.runtime_seconds, found.temperature) == (None, None, None)
    assert found.load_percent == 17.3


def test_a_missing_sensor_is_not_0():
    """UPSes without a sensor report 0 °C, and some 0 V: nut-ddl's Zigor Ebro 650, Eaton 5PX, Liebert PSA."""
    found = ups(ups_temperature="0.0", battery_voltage="0.0")

    assert (found.temperature, found.battery_volts) == (None, None)
    assert ups(ups_temperature="0.0", battery_temperature="21.5").temperature == 21.5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("input voltage out of range", "input voltage out of range"),
        ("selfTest", "selfTest"),
        ("noTransfer", None),
        ("no transfers yet since turnon", None),
    ],
)
def test_no_transfer_has_no_reason(text, reason):
    """APC's UPSes report so by SNMP and by serial line before their first transfer (nut-ddl)."""
    assert ups(input_transfer_reason=text).last_transfer_reason == reason


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Done and passed", "passed"),
        ("Done and warning", "warning"),
        ("Done and error", "failed"),
        ("In progress", "in_progress"),
        ("Ok", "passed"),
        ("InvalidTest", None),
        ("No test initiated", None),
    ],
)
def test_a_self_test_is_one_word(text, result):
    """Drivers' sentences become the contract's words."""
    assert ups(ups_test_result=text).self_test == result


def test_the_maker_is_not_said_twice():
    """Some models begin with the maker's name."""
    assert ups(device_model="Eaton 5P 1550").model == "Eaton 5P 1550"
    assert ups(without=("device.mfr", "device.model")).model is None
