"""A test that hangs each time it is repeated fails, and does not hang the run."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
HANGING = """
import time
import pytest

@pytest.fixture
def slow_to_end():
    yield
    time.sleep(60)

@pytest.mark.timeout(1)
def test_it_hangs():
    time.sleep(60)

@pytest.mark.timeout(1)
def test_its_end_hangs(slow_to_end):
    assert False
"""


def test_each_repetition_has_a_limit(tmp_path: Path) -> None:
    """So has the end of a test that has failed."""
    (tmp_path / "test_hanging.py").write_text(HANGING)
    (tmp_path / "pytest.ini").touch()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.time_limit", "-p", "no:cacheprovider", "--reruns", "1", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert "2 failed, 1 error, 3 rerun" in ran.stdout, ran.stdout + ran.stderr
