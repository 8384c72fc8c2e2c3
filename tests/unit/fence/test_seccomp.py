"""The fence around the system calls, by real processes behind it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import fence_probes
from uma.fence.kernel import IS_X86_64
from uma.fence.seccomp import filter_of

pytestmark = pytest.mark.skipif(not IS_X86_64, reason="the list of system calls is for x86_64")

ALLOWED = {"signal itself", "start a thread"}


@pytest.fixture
def victim() -> Iterator[int]:
    """A process of this user."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process.pid
        process.kill()


def probed(victim: int, scratch: Path, *, fence: bool = True, perf: bool = False) -> dict[str, str]:
    """Return the result of each probe in its own process."""
    scratch.touch()
    given = {"victim": victim, "scratch": str(scratch), "fence": fence, "perf": perf}
    done = subprocess.run(
        [sys.executable, fence_probes.__file__, "calls", json.dumps(given)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_attempts_of_a_takeover_are_refused(victim: int, tmp_path: Path) -> None:
    """No program or process is started, none is touched, and the system is not changed; threads and own
    signals work.
    """
    found = probed(victim, tmp_path / "scratch")

    assert found.keys() == fence_probes.PROBES | ALLOWED
    assert {name: found[name] for name in fence_probes.PROBES} == dict.fromkeys(fence_probes.PROBES, "PermissionError")
    assert {name: found[name] for name in ALLOWED} == dict.fromkeys(ALLOWED, "done")
    assert not (tmp_path / "scratch.node").exists()


def test_probes_succeed_without_it(victim: int, tmp_path: Path) -> None:
    """Without the fence the same probes start a program, fork, signal another process and change a file's mode."""
    found = probed(victim, tmp_path / "scratch", fence=False)

    for name in ("start a program", "fork", "vfork", "signal another", "chmod"):
        assert found[name] == "done", name


def test_counters_stay_for_gpus(victim: int, tmp_path: Path) -> None:
    """With the GPU feed on, perf_event_open reaches the kernel; no other refused call does."""
    found = probed(victim, tmp_path / "scratch", perf=True)

    assert found["perf"] != "PermissionError"
    assert found["start a program"] == "PermissionError"


def test_the_filter_is_short() -> None:
    """The kernel runs the filter for every system call of the daemon; each number is refused once."""
    instructions = filter_of(999_999, allows_perf=False)
    numbers = [value for *test, value in instructions if test == [0x15, 0, 1] and value != 999_999]

    assert len(numbers) == len(set(numbers))
    assert len(instructions) < 200
