"""Integrations of Home Assistant, in a real one, which has a Python environment of its own."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from .guide import GUIDE
from .mosquitto import PROGRAM
from .programs import CHECKOUT, Program, clean_environment

ENVIRONMENT = CHECKOUT / ".cache/home-assistant"
INTEGRATIONS = CHECKOUT / "integrations"


SUITES = {
    "home-assistant": ("home-assistant/tests", "test_[!u]*.py"),
    "uma": ("home-assistant/tests", "test_uma_*.py"),
    "mqtt": ("mqtt/tests", "test_*.py"),
}
"""The integrations' tests: the websocket platform, the integration, and MQTT discovery."""

MIN_COVERED_PERCENT = 95
MEASURED = CHECKOUT / "custom_components/uma"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(f"in {name}")) for name in SUITES])
@pytest.mark.smoke
def test_integration_works_in_home_assistant(tmp_path: Path, name: str):
    """Its own tests pass: it follows a daemon that is stopped and started, and so on."""
    if name == "mqtt" and not PROGRAM:
        pytest.skip("there is no mosquitto on this machine (Debian: mosquitto)")
    if not (ENVIRONMENT / "installed").exists():
        pytest.skip("there is no .cache/home-assistant (make home-assistant; it needs Python 3.14, Debian's or yours)")

    folder, pattern = SUITES[name]
    tests = INTEGRATIONS / folder
    arguments = ["-c", tests / "pytest.ini", f"--uma-python={sys.executable}", "--color=no", "--tb=short"]
    report = tmp_path / "coverage.json"
    if name == "uma":
        arguments += [f"--cov={MEASURED}", f"--cov-report=json:{report}", "--cov-config=/dev/null"]
    with Program(
        [ENVIRONMENT / "bin/python", "-m", "pytest", *arguments, *sorted(tests.glob(pattern))],
        log=tmp_path / "log",
        environment=clean_environment(UMA_SHARED=str(GUIDE.parent), COVERAGE_FILE=str(tmp_path / "coverage")),
    ) as program:
        code = program.wait(860)
    assert code == 0, program.output
    assert " passed" in program.lines[-1], program.output
    assert "failed" not in program.lines[-1]
    if name == "uma":
        _check_coverage(json.loads(report.read_text()))


def _check_coverage(report: dict[str, Any]) -> None:
    """Home Assistant's quality scale requires 95 % of every module, and all of the config flow."""
    percent = {Path(name).name: one["summary"]["percent_covered"] for name, one in report["files"].items()}
    assert percent["config_flow.py"] == 100
    assert {name: value for name, value in percent.items() if value < MIN_COVERED_PERCENT} == {}
