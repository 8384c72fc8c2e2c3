"""The demo tree's recording; tests/unit/feeds/test_recording.py has what the four share."""

from tests.demo_hardware import UPS
from uma.feeds.ups.demo import moved


def test_watts_follow_the_load():
    """They are computed as in the webGUI, and the reading is current."""
    (ups,) = moved(UPS, 1_800_000_000.0).ups

    assert ups.load_percent is not None
    assert ups.power_watts == round(9.6 * ups.load_percent, 1)
    assert ups.read_at == "2027-01-15T08:00:00Z"
