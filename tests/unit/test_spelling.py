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
        ("MQTT_HSOT", "MQTT_HOST"),
        ("MQTTHOST", "MQTT_HOST"),
        ("MQTT_HOOST", "MQTT_HOST"),
        ("MQTT_PORT", "MQTT_PORT"),
        ("MQTT_SHTO", None),
        ("MQHOST", None),
        ("P", None),
        ("", None),
        ("COLOUR", None),
    ],
)
def test_a_nearly_right_name_is_found(written, meant):
    """One letter may be wrong, missing, extra or swapped, or two at the end missing or extra; else None."""
    assert closest(written, NAMES) == meant
