"""The parts of `make test`, made by a pretended `make`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .locks import CHECKOUT

MAKE = """#!/bin/bash
echo "made $* at $(nice)"
case ${@: -1} in
    meets) touch "$HERE/meets"; until [ -e "$HERE/other" ]; do sleep 0.01; done ;;
    other) cat /proc/self/autogroup 2>/dev/null >"$HERE/autogroup"
        touch "$HERE/other"; until [ -e "$HERE/meets" ]; do sleep 0.01; done ;;
    bad) echo "FAILED a test"; exit 1 ;;
    worse) echo "nothing to find"; exit 2 ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with the script, and a `make` of its own."""
    (tmp_path / "tests").mkdir()
    shutil.copy(CHECKOUT / "tests/parts.sh", tmp_path / "tests/parts.sh")
    (tmp_path / "make").write_text(MAKE)
    (tmp_path / "make").chmod(0o755)
    return tmp_path


def made(folder: Path, *parts: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "tests/parts.sh", *parts],
        env={"PATH": "/usr/bin:/bin", "MAKE": str(folder / "make"), "HERE": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_all_parts_are_made(folder: Path) -> None:
    """Each part is made, even after a failure; failures come last, as pytest's own lines or the end of the log."""
    done = made(folder, "bad", "good", "worse")
    said = done.stdout.splitlines()

    assert (done.returncode, done.stderr) == (1, "")
    assert [line for line in said if line.startswith("made --no-print-directory good")]
    at = next(at for at, line in enumerate(said) if line.startswith("==== Failed"))
    assert said[at].endswith(": bad worse (of bad good worse)")
    assert said[at + 2] == "FAILED a test"
    assert said[-1] == "nothing to find"


def test_a_part_beside_another(folder: Path) -> None:
    """Two parts run at the same time, one in a single process at a lower priority; each has its log."""
    done = made(folder, "meets+other", "good")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith(" s: meets other good")
    niceness = int(subprocess.run(["nice"], capture_output=True, text=True, check=True).stdout)
    (words,) = (folder / ".cache/test/other.log").read_text().splitlines()
    assert words == f"made --no-print-directory WORKERS=2 other at {min(niceness + 2, 19)}"
    assert words in done.stdout
    if os.geteuid() == 0 and os.access("/proc/self/autogroup", os.W_OK):
        assert (folder / "autogroup").read_text().endswith(" nice 2\n")


def test_a_failure_beside_another_part(folder: Path) -> None:
    """A failure of the part beside another one fails the run."""
    done = made(folder, "good+bad")

    assert done.returncode == 1
    assert " s: bad (of good bad)\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "FAILED a test"
