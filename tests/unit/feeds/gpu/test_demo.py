"""The demo tree's recording; tests/unit/feeds/test_recording.py has what the four share."""

from tests.demo_hardware import GPUS
from uma.feeds.gpu.demo import moved


def test_the_load_is_the_busiest_engines():
    """A sleeping GPU and a VM's GPU have no figures."""
    active, passed_through, suspended = moved(GPUS, 1030.0).gpus

    assert active.engines is not None
    assert active.busy_percent == max(active.engines.values())
    assert passed_through.busy_percent is suspended.busy_percent is None
