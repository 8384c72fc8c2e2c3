"""What integrates with Home Assistant, tried in a real one, which has a Python environment of its own."""

import sys
from pathlib import Path

import pytest

from .guide import GUIDE
from .mosquitto import PROGRAM
from .programs import CHECKOUT, Program, clean_environment

ENVIRONMENT = CHECKOUT / ".cache/home-assistant"
INTEGRATIONS = CHECKOUT / "integrations"


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["home-assistant", "mqtt"])
@pytest.mark.smoke
def test_integration_works_in_home_assistant(tmp_path: Path, name: str):
    """Its own tests pass: it follows a daemon that is stopped and started, and so on."""
    if name == "mqtt" and not PROGRAM:
        pytest.skip("there is no mosquitto on this machine (Debian: mosquitto)")
    if not (ENVIRONMENT / "installed").exists():
        pytest.skip("there is no .cache/home-assistant (make home-assistant; it needs Python 3.14, Debian's or yours)")

    tests = INTEGRATIONS / name / "tests"
    arguments = ["-c", tests / "pytest.ini", f"--uma-python={sys.executable}", "--color=no", "--tb=short"]
    with Program(
        [ENVIRONMENT / "bin/python", "-m", "pytest", *arguments, tests],
        log=tmp_path / "log",
        environment=clean_environment(UMA_SHARED=str(GUIDE.parent), PYTHONDONTWRITEBYTECODE="1"),
    ) as program:
        code = program.wait(360)
    assert code == 0, program.output
    assert " passed" in program.lines[-1], program.output
    assert "failed" not in program.lines[-1]
