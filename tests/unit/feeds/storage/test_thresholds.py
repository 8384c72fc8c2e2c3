"""The user's limits."""

from dataclasses import replace

import pytest

from uma.feeds.storage.slots import Drive, FileSystem, drives_from, file_systems_from
from uma.feeds.storage.thresholds import thresholds_from

SPINNING = {"rotational": "1", "id": "A"}
SOLID = {"rotational": "0", "id": "B"}


def at(temperature: int | None, keys: dict[str, str]) -> Drive:
    text = "*" if temperature is None else str(temperature)
    (drive,) = drives_from({"dev1": {"device": "sdb", "temp": text, **keys}})
    # No reading above 120 °C is believed; the limits do not rely on that.
    return replace(drive, temperature=temperature)


def mounted(keys: dict[str, str]) -> FileSystem:
    return file_systems_from({"disk1": {"fsStatus": "Mounted", **keys}})["disk1"]


@pytest.mark.parametrize(
    ("temperature", "spinning", "solid"),
    [
        (-20, "ok", "ok"),
        (45, "ok", "ok"),
        (46, "hot", "ok"),
        (55, "hot", "ok"),
        (56, "critical", "ok"),
        (60, "critical", "ok"),
        (61, "critical", "hot"),
        (71, "critical", "critical"),
        (120, "critical", "critical"),
        (121, "ok", "ok"),
    ],
)
def test_a_limit_has_to_be_exceeded(temperature: int, spinning: str, solid: str) -> None:
    """The webGUI's defaults are 45 and 55 °C, for solid state 60 and 70; above 120 °C the sensor is broken."""
    limits = thresholds_from({}, {})

    assert limits.temperature_state(at(temperature, SPINNING)) == spinning
    assert limits.temperature_state(at(temperature, SOLID)) == solid


def test_no_temperature_has_no_state() -> None:
    """A spun-down disk is neither cold nor hot."""
    assert thresholds_from({}, {}).temperature_state(at(None, SPINNING)) is None


def test_a_drives_own_limit_goes_first() -> None:
    """smart-one.cfg, by full id; empty or -1 counts as missing, 0 disables the limit."""
    drives = {"A": {"hotTemp": "30", "maxTemp": "-1"}, "B": {"hotTemp": "0", "maxTemp": "90"}}
    limits = thresholds_from({"hot": "40", "max": "50"}, drives)

    assert [limits.temperature_state(at(degrees, SPINNING)) for degrees in (30, 31, 50, 51)] == [
        "ok",
        "hot",
        "hot",
        "critical",
    ]
    assert [limits.temperature_state(at(degrees, SOLID)) for degrees in (80, 90, 91)] == ["ok", "ok", "critical"]


def test_an_emptied_limit_is_off_and_an_emptied_one_for_solid_state_is_that_of_all() -> None:
    """As PHP compares them: "" is not above 0, and only a number replaces a limit."""
    limits = thresholds_from({"hot": "", "max": "50", "hotssd": "", "maxssd": ""}, {})

    assert [limits.temperature_state(at(degrees, SOLID)) for degrees in (49, 50, 51)] == ["ok", "ok", "critical"]


def test_zero_is_off() -> None:
    """This holds for temperatures and usage."""
    limits = thresholds_from({"hot": "0", "max": "0", "warning": "0", "critical": "0"}, {})

    assert limits.temperature_state(at(119, SPINNING)) == "ok"
    assert limits.usage_state(100, mounted({})) == "ok"


@pytest.mark.parametrize(
    ("percent", "own", "state"),
    [
        (69, {}, "ok"),
        (70, {}, "warning"),
        (89, {}, "warning"),
        (90, {}, "critical"),
        (70, {"warning": "", "critical": ""}, "warning"),
        (50, {"warning": "50", "critical": "75"}, "warning"),
        (75, {"warning": "50", "critical": "75"}, "critical"),
        (99, {"warning": "0", "critical": "0"}, "ok"),
        (95, {"critical": "0"}, "warning"),
        (99, {"warning": "x", "critical": "100"}, "warning"),
    ],
)
def test_a_usage_limit_has_to_be_reached(percent: int, own: dict[str, str], state: str) -> None:
    """70 and 90 % unless the disk has its own; the webGUI compares the whole percent with >=."""
    assert thresholds_from({}, {}).usage_state(percent, mounted(own)) == state
