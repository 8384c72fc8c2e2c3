"""Figures from two samples."""

import pytest

from uma.feeds.docker.containers.cgroups import Sample
from uma.feeds.docker.containers.figures import Timed, figures_from
from uma.feeds.docker.containers.model import ContainerTraffic


def timed(at: float, cpu: int | None = 0, sent: int | None = 0, recv: int | None = 0) -> Timed:
    return Timed(at, Sample(cpu, 300, 100, 7, 0, sent, recv))


def test_rates_are_of_the_time_between() -> None:
    """CPU is a share of the whole server and a number of cores; traffic is per second."""
    figures = figures_from(timed(15, 6_000_000, 5_000, 10_500), timed(10, 1_000_000, 0, 500), cpus=8)

    assert (figures.cpu_percent, figures.cpu_cores_used) == (12.5, 1.0)
    assert (figures.memory_used_bytes, figures.memory_cache_bytes, figures.pids) == (300, 100, 7)
    assert figures.network == ContainerTraffic(5_000, 10_500, 1_000, 2_000)


@pytest.mark.parametrize("before", [None, timed(14.9), timed(-50), timed(16)])
def test_without_a_fit_sample_no_rate_is_known(before: Timed | None) -> None:
    """The first sample, and one too new, too old or in the future, give no rate, but the other figures."""
    figures = figures_from(timed(15, 5, 5, 5), before, cpus=8)

    assert (figures.cpu_percent, figures.cpu_cores_used) == (None, None)
    assert figures.network == ContainerTraffic(5, 5, None, None)
    assert figures.memory_used_bytes == 300


@pytest.mark.parametrize(
    ("now", "before"), [(timed(15, 1, 1, 1), timed(10, 2, 2, 2)), (timed(15, None, 1, 1), timed(10, None, 2, 2))]
)
def test_a_counter_that_ran_backwards_has_no_rate(now: Timed, before: Timed) -> None:
    """A counter that was reset, or could not be read, gives an unknown rate."""
    figures = figures_from(now, before, cpus=8)

    assert figures.cpu_percent is None
    assert figures.network == ContainerTraffic(1, 1, None, None)


def test_no_network_of_its_own_is_null() -> None:
    """A container in the server's network has no traffic."""
    assert figures_from(timed(15, 1, None, None), timed(10), cpus=8).network is None


def test_cpu_is_at_most_all_of_it() -> None:
    """Late reads may measure more than there was."""
    assert figures_from(timed(11, 9_000_000), timed(10), cpus=8).cpu_percent == 100.0
