"""apcupsd's answers as a UPS."""

import pytest

from uma.feeds.ups.parse_apcupsd import NO_OVERRIDES, Overrides, freshness_of, parse_records, ups_from_fields

RECORDS = [
    b"APC      : 001,046,1051\n",
    b"DATE     : 2026-11-29 16:15:26 +0000  \n",
    b"UPSNAME  : tower\n",
    b"MODEL    : Back-UPS \xb5 1500\n",
    b"STATUS   : ONLINE \n",
    b"LINEV    : 230.4 Volts\n",
    b"LOADPCT  : 23.4 Percent\n",
    b"BCHARGE  : 100.0 Percent\n",
    b"TIMELEFT : 42.0 Minutes\n",
    b"MBATTCHG : 5 Percent\n",
    b"MINTIMEL : 3 Minutes\n",
    b"OUTPUTV  : 231.0 Volts\n",
    b"ITEMP    : 34.1 C\n",
    b"BATTV    : 27.3 Volts\n",
    b"LINEFREQ : 50.0 Hz\n",
    b"LASTXFER : Low line voltage\n",
    b"NUMXFERS : 2\n",
    b"XONBATT  : 2026-11-29 16:10:00 +0000  \n",
    b"SELFTEST : OK\n",
    b"BATTDATE : 11/29/25\n",
    b"NOMPOWER : 865 Watts\n",
    b"NOMAPNT  : 1500 VA\n",
    b"SERIALNO : AS1234567890\n",
]
MEASURED = (
    *("battery_percent", "runtime_seconds", "load_percent", "power_watts", "power_estimated", "input_volts"),
    *("output_volts", "battery_volts", "frequency_hz", "temperature", "on_battery_since"),
)


def ups(overrides=NO_OVERRIDES, *, is_fresh=True, **changes):
    fields = {**parse_records(RECORDS), **changes}
    return ups_from_fields(
        {name: value for name, value in fields.items() if value is not None}, overrides, is_fresh=is_fresh
    )


def test_a_whole_answer():
    """Each value in the contract's unit; the serial number is nowhere."""
    found = ups()

    assert (found.id, found.source, found.name, found.model) == ("apcupsd", "apcupsd", "tower", "Back-UPS \ufffd 1500")
    assert (found.status, found.flags) == ("online", ("ONLINE",))
    assert (found.battery_percent, found.runtime_seconds, found.load_percent) == (100.0, 2520, 23.4)
    assert (found.input_volts, found.output_volts, found.battery_volts) == (230.4, 231.0, 27.3)
    assert (found.frequency_hz, found.temperature) == (50.0, 34.1)
    assert (found.transfers, found.last_transfer_reason, found.self_test) == (2, "Low line voltage", "passed")
    assert (found.battery_date, found.on_battery_since) == ("2025-11-29", None)
    assert (found.shutdown_battery_percent, found.shutdown_runtime_seconds) == (5.0, 180)
    assert found.read_at == "2026-11-29T16:15:26Z"
    assert "AS1234567890" not in repr(found)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ONLINE ", "online"),
        ("TRIM ONLINE SLAVE ", "online"),
        ("ONBATT ", "on_battery"),
        ("ONBATT LOWBATT ", "low_battery"),
        ("ONLINE LOWBATT ", "online"),
        ("ONLINE OVERLOAD ", "overload"),
        ("ONBATT OVERLOAD ", "on_battery"),
        ("ONLINE REPLACEBATT ", "replace_battery"),
        ("ONLINE NOBATT ", "no_battery"),
        ("ONBATT NOBATT ", "on_battery"),
        ("COMMLOST ", "communication_lost"),
        ("COMMLOST ONBATT ", "communication_lost"),
        ("SHUTTING DOWN", "shutting_down"),
        ("", "unavailable"),
        ("NETWORK ERROR", "unavailable"),
    ],
)
def test_the_worst_word_decides(status, expected):
    """Mains come first: a battery that is low while it charges is no alarm."""
    assert ups(STATUS=status).status == expected


@pytest.mark.parametrize("lost", [{"STATUS": "COMMLOST "}, {"STATUS": ""}, {"is_fresh": False}])
def test_a_lost_ups_has_no_measured_value(lost):
    """apcupsd repeats charge, load and voltage for as long as it has lost the UPS."""
    found = ups(**lost)

    assert [getattr(found, name) for name in MEASURED] == [None] * len(MEASURED)
    assert found.status in {"communication_lost", "unavailable"}
    assert (found.model, found.nominal_power_watts, found.transfers) == ("Back-UPS \ufffd 1500", 865.0, 2)


def test_an_old_answer_is_a_lost_ups():
    """With a dead master STATUS stays ONLINE, so it does not decide alone."""
    assert ups(is_fresh=False).status == "communication_lost"


def test_the_override_comes_before_the_rating():
    """Watts as the webGUI: OVERRIDE_UPS_CAPACITY × load."""
    found = ups(Overrides(watts=1000.0))

    assert (found.nominal_power_watts, found.power_watts, found.power_estimated) == (1000.0, 234.0, True)


def test_volt_amperes_are_never_watts():
    """Without NOMPOWER there are no watts, whatever NOMAPNT says."""
    found = ups(NOMPOWER=None)

    assert (found.nominal_power_watts, found.power_watts, found.power_estimated) == (None, None, None)


def test_on_battery_has_a_beginning():
    """It is reported only while it lasts: XONBATT stays afterwards."""
    assert ups(STATUS="ONBATT ").on_battery_since == "2026-11-29T16:10:00Z"
    assert ups(STATUS="ONBATT ", XONBATT="N/A").on_battery_since is None


def test_not_available_everywhere():
    """N/A is None in each field, never 0."""
    names = [name for name in parse_records(RECORDS) if name not in {"STATUS", "DATE"}]
    found = ups(**dict.fromkeys(names, "N/A"))

    assert found.status == "online"
    assert {
        getattr(found, name) for name in (*MEASURED, "transfers", "self_test", "battery_date", "name", "model")
    } == {None}


def test_no_transfer_has_no_reason():
    """apcupsd's sentence for none is not a reason."""
    assert ups(LASTXFER="No transfers since turnon").last_transfer_reason is None


def test_damaged_records_are_harmless():
    """Records without a colon, of nothing, of noise or of 64 KB."""
    fields = parse_records([b"", b"\xff\xfe\x00", b"STATUS", b"MODEL : " + b"\xff" * 65000, b": x", *RECORDS[:5]])

    assert ups_from_fields(fields, NO_OVERRIDES, is_fresh=True).status == "online"


def test_freshness_has_the_masters_time():
    """A slave's answer carries two times, each of which may stop."""
    assert freshness_of(parse_records(RECORDS)) == ("2026-11-29 16:15:26 +0000",)
    assert freshness_of({"DATE": "a", "MASTERUPD": "b"}) == ("a", "b")
    assert freshness_of({"STATUS": "ONLINE"}) == ()
