"""Tests of one file run in one process, also where several processes share the suite."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
FILE = "tests/unit/test_serials.py"


def test_a_files_tests_stay_together():
    """pytest-xdist uses the groups; some of its releases and of pytest's disagree on how."""
    command = [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", FILE]
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=100, check=False)

    passed = [line for line in ran.stdout.splitlines() if " PASSED " in line]
    assert len(passed) > 1, ran.stdout + ran.stderr
    assert [line for line in passed if not line.rstrip().endswith(f"@{FILE}")] == []
