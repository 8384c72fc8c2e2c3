"""Bytes per second."""

from uma.feeds.network.parse import Counters
from uma.feeds.network.rates import Rate, Rates


def counters(sent, received):
    return Counters(bytes_recv=received, errors_recv=0, drops_recv=0, bytes_sent=sent, errors_sent=0, drops_sent=0)


def test_two_samples_give_a_rate():
    """The first sample gives none."""
    rates = Rates()

    assert rates.sample(10.0, {"eth0": counters(1000, 2000)}) is False
    assert rates.of("eth0") is None
    assert rates.sample(15.0, {"eth0": counters(2000, 7000)}) is True
    assert rates.of("eth0") == Rate(sent=200, received=1000)


def test_a_counter_that_runs_backwards_has_no_rate():
    """After a wrap or a reset of the card there is never a negative or a huge number; the next sample gives a rate."""
    rates = Rates()
    rates.sample(0.0, {"eth0": counters(2**32 - 1, 0), "eth1": counters(0, 0)})
    rates.sample(5.0, {"eth0": counters(10, 0), "eth1": counters(5, 5)})

    assert rates.of("eth0") is None
    assert rates.of("eth1") == Rate(1, 1)
    rates.sample(10.0, {"eth0": counters(20, 0)})
    assert rates.of("eth0") == Rate(2, 0)
    assert rates.of("eth1") is None


def test_a_newcomer_has_no_rate():
    """Bytes counted before an interface was seen did not move since."""
    rates = Rates()
    rates.sample(0.0, {})
    rates.sample(5.0, {"eth0": counters(10**9, 10**9)})

    assert rates.of("eth0") is None


def test_rates_are_forgotten():
    """Without demand rates stop; the next ones are not measured over the pause."""
    rates = Rates()
    rates.sample(0.0, {"eth0": counters(0, 0)})
    rates.sample(5.0, {"eth0": counters(5, 5)})
    rates.forget()

    assert rates.of("eth0") is None
    assert rates.sample(1000.0, {"eth0": counters(10**9, 0)}) is False
    assert rates.of("eth0") is None
