"""perf_event_open, on a software event of this machine's kernel."""

import time
from contextlib import closing

import pytest

from uma.feeds.gpu.perf import Counter

SOFTWARE, CPU_CLOCK = 1, 0


def counter():
    try:
        return Counter(SOFTWARE, CPU_CLOCK, 0)
    except OSError as error:
        pytest.skip(f"no perf events here: {error}")


def test_a_counter_counts():
    """cpu-clock counts as many nanoseconds as it is enabled: a load of 100 %."""
    with closing(counter()) as clock:
        before = clock.read()
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            pass
        after = clock.read()

    nanoseconds = after.nanoseconds - before.nanoseconds
    assert nanoseconds >= 40_000_000
    assert (after.value - before.value) / nanoseconds == pytest.approx(1, abs=0.1)


def test_a_counter_that_is_none():
    """A device or an event that the kernel does not have is OSError."""
    with pytest.raises(OSError):
        Counter(10**6, 0, 0)


def test_it_is_not_inherited():
    """A program that the daemon starts must not hold a GPU."""
    import os

    with closing(counter()) as clock:
        assert not os.get_inheritable(clock._descriptor)
