"""Values as apcupsd and NUT write them, and the settings files of both."""

import pytest

from uma.feeds.ups import parse


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("230.4 Volts", 230.4),
        ("030.4", 30.4),
        ("-3", None),
        ("1000.1 Volts", None),
        ("N/A", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("", None),
        (None, None),
        ("Volts 230", None),
        ("9" * 5000, None),
    ],
)
def test_a_number_is_the_first_word(text, number):
    """A text that is not a number, not finite or out of bounds is None, never 0."""
    assert parse.parse_volts(text) == number


@pytest.mark.parametrize(
    ("text", "percent"), [("100.0 Percent", 100.0), ("103", 100.0), ("255", None), ("0", 0.0), ("-1", None)]
)
def test_a_charge_is_at_most_100(text, percent):
    """A UPS that rounds badly is full; one that says 255 says nothing."""
    assert parse.parse_percent(text) == percent


@pytest.mark.parametrize(("text", "load"), [("140.0", 140.0), ("200", 200.0), ("255", None)])
def test_a_load_may_exceed_100(text, load):
    """An overload is real, 255 % is not."""
    assert parse.parse_load(text) == load


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [("42.0 Minutes", 60, 2520), ("2040", 1, 2040), ("3932100", 1, None), ("65535.0 Minutes", 60, None)],
)
def test_a_runtime_has_bounds(text, unit, seconds):
    """More than three days is a UPS that does not know."""
    assert parse.parse_seconds(text, unit) == seconds


def test_impossible_values_are_none():
    """255 °C and 0 W are the words of a UPS without that sensor."""
    assert parse.parse_celsius("255") is None
    assert parse.parse_watts("0 Watts") is None
    assert parse.parse_hertz("6553.5") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Back-UPS\x00 \x1b[31mES\n700 ", "Back-UPS [31mES 700"),
        # home-assistant/core#182408.
        ("(null)", None),
        ("N/A", None),
        ("unknown", None),
        ("\ufffd", "\ufffd"),
        ("x" * 100, "x" * 64),
        ("", None),
    ],
)
def test_text_is_printable_and_short(text, expected):
    """Control characters, padding and length don't reach clients."""
    assert parse.parse_text(text) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024/5/1", "2024-05-01"),
        ("11/29/25", "2025-11-29"),
        ("11/29/2025", "2025-11-29"),
        ("13/40/25", None),
        ("not set", None),
        (None, None),
        # Of a Smart-UPS 700 whose battery date nobody has ever set (apcupsd: examples/status).
        ("07/25/98", "1998-07-25"),
        ("12/31/89", "2089-12-31"),
        # A Back-UPS BR 800 by an old driver of NUT (nut-ddl).
        ("3150/08/01", None),
    ],
)
def test_a_day_is_written_one_way(text, day):
    """Both programs' forms become one; what is no day is None."""
    assert parse.parse_day(text) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-29 16:15:26 +0200  ", "2026-11-29T14:15:26Z"),
        ("0001-01-01 00:00:00 +0100", None),
        ("9999-12-31 23:59:59 -0100", None),
        ("N/A", None),
        (None, None),
    ],
)
def test_a_time_is_utc(text, expected):
    """apcupsd writes its own time zone; the wire has UTC, and no time that UTC has not."""
    assert parse.utc_of(text) == expected


def test_watts_are_estimated_as_the_webgui_does():
    """Rated power × load; nothing without either, or for a load of 0."""
    assert parse.estimated_watts(865, 23.4) == 202.4
    assert parse.estimated_watts(None, 23.4) is None
    assert parse.estimated_watts(865, None) is None
    # Such a UPS can't measure its load.
    assert parse.estimated_watts(865, 0.0) is None


def test_directives_leave_comments_out():
    """The last of two equal directives counts; a comment ends a value, and a key may be in any case."""
    text = "## apcupsd.conf v1.1 ##\n#NISPORT 1\n  NISPORT 3551\nNISPORT  3552 \nUPSNAME\n"

    assert parse.parse_directives(text) == {"NISPORT": "3552"}
    assert parse.parse_directives("nisip 0.0.0.0   # all\nEVENTSFILE /var/log/my events\t#x\nPOLLTIME #\n") == {
        "NISIP": "0.0.0.0",
        "EVENTSFILE": "/var/log/my events",
    }


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ("127.0.0.1", 3493)),
        ("10.0.0.2", ("10.0.0.2", 3493)),
        ("nas:4000", ("nas", 4000)),
        ("nas:99999", ("nas", 3493)),
        (f"nas:{'9' * 5000}", ("nas", 3493)),
        ("fd00::2", ("fd00::2", 3493)),
        ("[fd00::2]:4000", ("fd00::2", 4000)),
    ],
)
def test_an_address_may_have_a_port(text, address):
    """Host and port in every form that the plugin's setting may hold."""
    assert parse.parse_address(text, "127.0.0.1", 3493) == address
