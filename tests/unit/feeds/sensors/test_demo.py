"""The demo tree's recording; tests/unit/feeds/test_recording.py has what the four share."""

from tests.demo_hardware import SENSORS
from uma.feeds.sensors.demo import moved


def test_nonsense_stays_unchanged():
    """AUXTIN's 112 °C never change; neither does a stopped fan."""
    found = {sensor.label: sensor for sensor in moved(SENSORS, 1030.0).sensors}

    assert (found["AUXTIN2"].value, found["AUXTIN2"].trusted) == (112.0, False)
    assert found["fan4"].value == 0.0
