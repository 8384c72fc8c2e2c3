"""The integration for Home Assistant, tried in a real Home Assistant, which has a Python environment of its own."""

import shutil
import sys
from pathlib import Path

import pytest

from .guide import GUIDE
from .programs import CHECKOUT, Program, clean_environment

ENVIRONMENT = CHECKOUT / ".cache/home-assistant"
INTEGRATION = CHECKOUT / "integrations/home-assistant"


@pytest.mark.timeout(400)
def test_integration_works_in_home_assistant(tmp_path: Path):
    """Its own tests pass: the guide's YAML follows a daemon that is stopped and started, and so on."""
    if not (ENVIRONMENT / "installed").exists():
        if sys.version_info[:2] != (3, 11) and shutil.which("python3.11") is None:
            pytest.skip("there is no Python 3.11 on this machine, and Home Assistant 2024.3 runs in no other")
        pytest.skip("there is no .cache/home-assistant (make home-assistant)")

    arguments = ["-c", INTEGRATION / "tests/pytest.ini", f"--uma-python={sys.executable}", "--color=no", "--tb=short"]
    with Program(
        [ENVIRONMENT / "bin/python", "-m", "pytest", *arguments, INTEGRATION / "tests"],
        log=tmp_path / "log",
        environment=clean_environment(UMA_SHARED=str(GUIDE.parent), PYTHONDONTWRITEBYTECODE="1"),
    ) as program:
        code = program.wait(360)
    assert code == 0, program.output
    assert " passed" in program.lines[-1], program.output
    assert "failed" not in program.lines[-1]
