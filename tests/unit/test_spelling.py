"""Guesses at misspelled names."""

import pytest

from uma.spelling import closest

NAMES = ("MQTT_HOST", "MQTT_PORT", "PORT")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MQTT_HOSD", "MQTT_HOST"),
        ("MQTT_HOS", "MQTT_HOST"),
        ("MQTT_HOSTS", "MQTT_HOST"),
        ("PORTS", "PORT"),
        ("PO", "PORT"),
        ("P", None),
        ("", None),
        ("COLOUR", None),
    ],
)
def test_a_nearly_right_name_is_found(written, meant):
    """One letter may differ, and up to two at the end be missing or too many; anything else is no guess."""
    assert closest(written, NAMES) == meant
