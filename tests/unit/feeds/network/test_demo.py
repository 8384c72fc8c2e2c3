"""The demo tree's recording; tests/unit/feeds/test_recording.py has what the four share."""

from tests.demo_hardware import NETWORK
from uma.feeds.network.demo import moved


def test_counters_rise_with_the_rates():
    """And a port without a link moves nothing."""
    before, after = ({each.name: each for each in moved(NETWORK, seconds).interfaces} for seconds in (1000.0, 1010.0))

    assert after["eth0"].bytes_recv - before["eth0"].bytes_recv == 84_000_000
    assert after["eth2"].bytes_recv == before["eth2"].bytes_recv
