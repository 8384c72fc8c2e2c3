"""Every benchmark still runs: a smoke, whose figures mean nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.effort import Effort, quick

from benchmarks import BENCHMARKS

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs(name):
    """``benchmarks --quick NAME`` succeeds and prints at least one row, or the reason for none."""
    command = [sys.executable, "benchmarks", "--quick", name]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [line for line in ended.stdout.splitlines() if line.startswith("  ")]


def test_every_module_with_figures_is_registered():
    """A module with ``run`` that is not in BENCHMARKS would never run."""
    modules = {
        path.stem for path in (ROOT / "benchmarks").glob("*.py") if "\ndef run(effort: Effort)" in path.read_text()
    }

    assert modules == set(BENCHMARKS)


def test_a_quick_run_does_everything_once():
    """One round, the first case, no wait of more than a second; a whole run does all."""
    assert (quick().times(30), quick().some((8, 30)), quick().pause(25)) == (1, (8,), 1.0)
    assert (Effort(45).times(30), Effort(45).some((8, 30)), Effort(45).pause(25)) == (30, (8, 30), 25)


def test_an_idle_daemon_is_measured_in_whole_minutes():
    """A part of one has more or less than its share of what the daemon does each half minute; a quick run has none."""
    assert [Effort(seconds).whole_cycles for seconds in (15, 60, 90)] == [60, 60, 120]
    assert quick().whole_cycles == quick().seconds


def test_figures_of_a_quick_run_are_not_written():
    """In the README they would look like measured ones."""
    command = [sys.executable, "benchmarks", "--quick", "--write", "storage"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 2
    assert "not written" in ended.stderr
