"""Suggestions for misspelled names."""

import pytest

from uma.spelling import closest, hint

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


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("docker/evnts", "; did you mean docker/events?"),
        ("containers", "; did you mean docker/containers?"),
        ("events", "; there are docker/events, docker/containers, vms/events"),
        ("nothing", "; there are docker/events, docker/containers, vms/events"),
    ],
)
def test_an_error_ends_with_a_guess_or_a_list(written, end):
    """A similar name, or the only one with this ending, is the guess; otherwise all names are listed."""
    assert hint(written, ("docker/events", "docker/containers", "vms/events")) == end


def test_a_list_may_be_left_out():
    """A long list of names is no help, and without names there is none."""
    assert (hint("COLOUR", NAMES, list_all=False), hint("x", ())) == ("", "")
