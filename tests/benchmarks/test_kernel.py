"""Kernel's texts below /proc, and the usage of a process of our own."""

import os
import subprocess
import sys

import pytest
from benchmarks.kernel import (
    Use,
    family_of,
    memory_of,
    parse_ended_children,
    parse_rollup,
    parse_schedstat,
    parse_waits,
    threads_of,
    use_of,
)

STAT = (
    "412 (a (strange) name) S 1 412 412 0 -1 4194560 9000 800 0 0 120 30 250 50 20 0 3 0 1000 90000000 11000 "
    "18446744073709551615 1 1 0 0 0 0 0 16781312 17642 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)
ROLLUP = """55d0c0a00000-7ffd3f5f2000 ---p 00000000 00:00 0                          [rollup]
Rss:               46780 kB
Pss:               34973 kB
Anonymous:         31940 kB
"""


def test_processor_time_is_the_first_number_of_schedstat():
    """Nanoseconds on a processor, without those spent waiting for one."""
    assert parse_schedstat("2500000000 1200000 842\n") == 2_500_000_000


def test_only_voluntary_waits_are_wakeups():
    """Being preempted is not a wake-up."""
    assert parse_waits("Name:\tuma\nvoluntary_ctxt_switches:\t81\nnonvoluntary_ctxt_switches:\t7\n") == 81


def test_ended_children_are_counted_under_any_name():
    """User and system time of children waited for, behind a name with blanks and brackets."""
    assert parse_ended_children(STAT) == pytest.approx(3.0)


def test_memory_is_in_megabytes_of_a_million_bytes():
    """The kernel's kB are 1,024 bytes."""
    memory = parse_rollup(ROLLUP)

    assert memory["Rss"] == pytest.approx(47.90, abs=0.005)
    assert memory["Anonymous"] == pytest.approx(32.71, abs=0.005)


def test_a_new_thread_counts_from_zero_and_an_ended_one_stays_counted():
    """Between two looks threads come and go; what they all used in between is counted."""
    before = Use({1: 1_000_000_000, 2: 5_000_000_000}, {1: 10, 2: 90}, 0.5)
    after = Use({1: 1_500_000_000, 3: 250_000_000}, {1: 14, 3: 2}, 0.75)

    assert after.seconds_since(before) == pytest.approx(1.0)
    assert after.wakeups_since(before) == 6


def test_a_process_is_measured_with_its_children():
    """A child's child adds its processor time, wake-ups, memory and threads."""
    inner = "import time\nwhile time.process_time() < 0.2: pass\nprint('spent', flush=True)\ntime.sleep(60)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    before = use_of(os.getpid())
    with subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "spent\n"
            family = list(family_of(process.pid))
            used = use_of(process.pid)
            memory, threads = memory_of(process.pid), threads_of(process.pid)
            own = use_of(os.getpid())
        finally:
            for member in reversed(list(family_of(process.pid))):
                os.kill(member, 9)

    assert len(family) == 2
    assert used.seconds_since(Use({}, {}, 0.0)) >= 0.2
    assert own.seconds_since(before) >= 0.2
    assert memory["Rss"] > 8
    assert threads == 2
