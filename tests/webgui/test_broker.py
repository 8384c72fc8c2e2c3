"""The Test button of MQTT: it tries what is typed, and changes nothing."""

import shutil
from pathlib import Path

import pytest

from .test_pages import Machine
from .test_token import folder, run

TYPED = {"MQTT_HOST": "tower", "MQTT_PORT": "1883", "MQTT_TLS": "no", "MQTT_CA_FILE": "", "MQTT_USER": "uma"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    if shutil.which("php") is None:
        pytest.skip("there is no PHP on this machine (Debian: php-cli)")
    return Machine(tmp_path / "root")


def command(machine: Machine, script: str) -> None:
    path = machine.root / "usr/local/uma/bin/uma"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)


def test_typed_values_are_tried(machine: Machine) -> None:
    """The command gets the typed settings in a file that only root can read, and the password by its environment."""
    machine.configure('MQTT_HOST="other"\n')
    command(machine, 'stat -c %a "$2"; echo "$1" "$UMA_MQTT_PASSWORD"; cat "$2"; echo "$2" >"$UMA_ROOT/was"')

    status, body = run(machine, "act.php", ["test-broker", {**TYPED, "#mqtt_password": "geheim"}])

    mode, said, *settings = body["said"].splitlines()
    assert (status, body["ok"], mode, said) == (200, True, "600", "test-broker geheim")
    assert settings == [f'{key}="{value}"' for key, value in TYPED.items()]
    assert not Path((machine.root / "was").read_text().strip()).exists()
    assert (folder(machine) / "uma.cfg").read_text() == 'MQTT_HOST="other"\n'


def test_without_a_typed_password_the_stored_one_counts(machine: Machine) -> None:
    """An empty field leaves the choice to the command; a failure is shown in its words."""
    command(machine, 'echo "${UMA_MQTT_PASSWORD-stored}"; echo "tower:1883: it refuses" >&2; exit 1')

    status, body = run(machine, "act.php", ["test-broker", {**TYPED, "#mqtt_password": ""}])

    assert (status, body) == (200, {"ok": False, "said": "stored\ntower:1883: it refuses"})


@pytest.mark.parametrize(
    ("key", "value"), [("MQTT_HOST", 'a"b'), ("MQTT_HOST", "$(reboot)"), ("MQTT_PORT", "0"), ("MQTT_TLS", "maybe")]
)
def test_invalid_values_are_not_tried(machine: Machine, key: str, value: str) -> None:
    """A value that the form refuses never reaches a file or a command."""
    command(machine, 'touch "$UMA_ROOT/ran"')

    status, _ = run(machine, "act.php", ["test-broker", {**TYPED, key: value}])

    assert status == 400
    assert not (machine.root / "ran").exists()
