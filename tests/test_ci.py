"""Results of .ci/run, with a pretended `make` and pretended suites."""

import shutil
import subprocess
from pathlib import Path

import pytest

from .locks import CHECKOUT


class Checkout:
    """A folder with CI's script, a `make` that ends with *test*, and suites that end with *fresh*."""

    def __init__(self, folder: Path, *, test: int, fresh: int) -> None:
        self.folder = folder
        (folder / ".ci").mkdir()
        shutil.copy(CHECKOUT / ".ci/run", folder / ".ci/run")
        self.script(folder / "bin/make", f"exit {test}")
        self.script(folder / "tests/fresh/fresh.sh", f'echo "==== of $1, with $SMOKE"; exit {fresh}')

    def kept(self) -> str:
        """Return the results that stay in the user's cache."""
        return (self.folder / ".cache/uma-ci/results.txt").read_text()

    def script(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.folder / ".ci/run"],
            env={"PATH": f"{self.folder}/bin:/usr/bin:/bin", "HOME": str(self.folder)} | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.mark.parametrize(
    ("test", "fresh", "status", "word"),
    [
        (0, 0, 0, "Passed: make fresh SUITE=trixie"),
        (2, 0, 1, "Passed: make fresh SUITE=trixie"),
        (0, 1, 1, "Failed: make fresh SUITE=trixie"),
        (0, 75, 0, "Not possible on this machine: make fresh SUITE=trixie"),
        (0, 124, 0, "Ran out of time"),
        (0, 137, 0, "Ran out of time"),
    ],
)
def test_deciding_results(tmp_path: Path, test: int, fresh: int, status: int, word: str) -> None:
    """The tests decide, and each suite that failed twice; lack of time or of a machine does not count."""
    checkout = Checkout(tmp_path, test=test, fresh=fresh)
    done = checkout.run()

    assert (done.returncode, done.stderr) == (status, "")
    assert word in done.stdout
    assert word in checkout.kept()
    assert "of bookworm, with -m smoke --ignore tests/unit" in done.stdout
    assert "of trixie, with -m smoke\n" in done.stdout


def test_a_suite_gets_a_second_chance(tmp_path: Path) -> None:
    """A suite that fails once and then passes does not fail the run, and both results are kept."""
    checkout = Checkout(tmp_path, test=0, fresh=0)
    suite = tmp_path / "tests/fresh/fresh.sh"
    suite.write_text('#!/bin/bash\nmkdir "$HOME/tried-$1" 2>/dev/null && exit 1\nexit 0\n')
    done = checkout.run()

    assert done.returncode == 0
    assert [line.split(":")[0] for line in checkout.kept().splitlines()[1:]] == ["Failed", "Passed"] * 2


def test_tests_that_hang_fail(tmp_path: Path) -> None:
    """The results say so, and the suites are tried."""
    checkout = Checkout(tmp_path, test=0, fresh=0)
    (tmp_path / "bin/make").write_text("#!/bin/bash\nsleep 50\n")
    done = checkout.run(UMA_TEST_SECONDS="1")

    assert done.returncode == 1
    first, *others = checkout.kept().splitlines()
    assert first.startswith("make test ended with 1 after ")
    assert [line.split(":")[0] for line in others] == ["Passed", "Passed"]


def test_no_time_is_left(tmp_path: Path) -> None:
    """A suite for which there is not enough time is not started, and reported as left out."""
    done = Checkout(tmp_path, test=0, fresh=1).run(UMA_CI_SECONDS="100")

    assert done.returncode == 0
    assert [line.split(":")[1] for line in done.stdout.splitlines() if line.startswith("Left out after")] == [
        " make fresh SUITE=bookworm",
        " make fresh SUITE=trixie",
    ]
    assert "of bookworm" not in done.stdout
