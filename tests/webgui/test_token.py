"""The token's hash on the settings page: in its own file, which neither Apply nor damage can lose."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .test_pages import Machine

HASH = hashlib.sha256(b"open-sesame").hexdigest()
UNPARSABLE = {
    "a comment in parentheses": ("# my note: (old)", 2),
    "parentheses": ("NOTE=broker (cellar)", 2),
    "an exclamation mark": ("MQTT_USER=ha!", 2),
    "two pairs in a line": ('OLD="x" y="z"', 2),
    "a lost quote": ('ALLOWED_ORIGINS="nas', 2),
    "a NUL": ("PORT=\0\0", 2),
    "a pipe and a tilde": ("A=~|", 2),
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    if shutil.which("php") is None:
        pytest.skip("there is no PHP on this machine (Debian: php-cli)")
    return Machine(tmp_path / "root")


def folder(machine: Machine) -> Path:
    return machine.root / "boot/config/plugins/uma"


def file_of(machine: Machine) -> Path:
    return folder(machine) / "token-sha256"


def run(machine: Machine, script: str, stdin: object) -> Any:
    return json.loads(machine.php(script, str(machine.plugin / "include/autoload.php"), stdin=stdin))


def token_text(machine: Machine) -> str:
    html = machine.render("UmaSettings")
    return html.partition('id="uma-token-state"')[2].partition("</span>")[0].rpartition(">")[2]


@pytest.mark.parametrize("name", UNPARSABLE)
def test_apply_leaves_a_file_that_php_cannot_parse(machine: Machine, name: str) -> None:
    """Apply does not overwrite it, and names the line; the page gets a message, by a script of its own."""
    line, number = UNPARSABLE[name]
    machine.configure(f'TOKEN_SHA256="{HASH}"\n{line}\nPORT="34600"\n')

    answer = run(machine, "save.php", {"#file": "uma/uma.cfg", "PORT": "34601"})

    assert not answer["save"]
    assert f"line {number}" in answer["told"]
    assert "umaRefused" in answer["told"]


@pytest.mark.parametrize("text", ["", "\n\n", f'TOKEN_SHA256="{HASH}"\nPORT="1"\n', "; a note\n", "# a note\nPORT=1\n"])
def test_apply_writes_over_a_file_that_php_can_parse(machine: Machine, text: str) -> None:
    """Empty, commented or filled, it is saved as usual."""
    machine.configure(text)

    assert run(machine, "save.php", {"#file": "uma/uma.cfg", "PORT": "34601"}) == {"save": True, "told": ""}


def test_zeros_after_a_power_cut_are_not_written_over(machine: Machine) -> None:
    """A file of 70 KB of zeros once had settings."""
    machine.configure("\0" * 70_000)

    assert not run(machine, "save.php", {"PORT": "34601"})["save"]


@pytest.mark.parametrize("line", ["", *(line for line, _ in UNPARSABLE.values())])
def test_default_keeps_the_token(machine: Machine, line: str) -> None:
    """The button Default rewrites uma.cfg, and its hash is then in its own file."""
    machine.configure(f"TOKEN_SHA256={HASH}\n{line}\n")

    answer = run(machine, "save.php", {"#default": "Default", "PORT": "34600"})

    assert answer == {"save": True, "told": ""}
    assert file_of(machine).read_text().strip() == HASH


def test_default_keeps_the_file_that_is_there(machine: Machine) -> None:
    """The file's hash wins over another one, and stays."""
    machine.configure(f'TOKEN_SHA256="{"0" * 64}"\n')
    file_of(machine).write_text(HASH)

    run(machine, "save.php", {"#default": "Default"})

    assert file_of(machine).read_text() == HASH


def test_the_buttons_write_the_file(machine: Machine) -> None:
    """Made, replaced and removed: the file has the hash of the token shown, and uma.cfg none any more."""
    machine.configure(f'TOKEN_SHA256="{HASH}"\nPORT="34601"\n')

    status, body = run(machine, "act.php", "make-token")

    assert status == 200
    assert file_of(machine).read_text().strip() == hashlib.sha256(body["token"].encode()).hexdigest()
    assert file_of(machine).stat().st_mode & 0o777 == 0o600
    assert (folder(machine) / "uma.cfg").read_text() == 'TOKEN_SHA256=""\nPORT="34601"\n'
    assert run(machine, "act.php", "remove-token") == [200, []]
    assert not file_of(machine).exists()


def test_a_token_can_be_made_beside_a_damaged_file(machine: Machine) -> None:
    """uma.cfg is not needed for it, and stays as it is."""
    text = f'TOKEN_SHA256="{HASH}"\nNOTE=broker (cellar)\n'
    machine.configure(text)

    status, body = run(machine, "act.php", "make-token")

    assert status == 200
    assert file_of(machine).read_text().strip() == hashlib.sha256(body["token"].encode()).hexdigest()
    assert (folder(machine) / "uma.cfg").read_text() == text


def test_a_token_is_not_removed_by_half(machine: Machine) -> None:
    """If uma.cfg holds a hash and can't be written, nothing is removed, and the line is named."""
    machine.configure(f'TOKEN_SHA256="{HASH}"\nNOTE=broker (cellar)\n')
    file_of(machine).write_text(HASH)

    status, body = run(machine, "act.php", "remove-token")

    assert status == 500
    assert "line 2" in body["detail"]
    assert file_of(machine).read_text() == HASH


@pytest.mark.parametrize(
    ("settings", "file", "shown"),
    [
        ("", None, "None: every device on your network can read UMA at its port, and so can a hostile web site."),
        ('TOKEN_SHA256=""', None, "None: "),
        (f'TOKEN_SHA256="{HASH}"', None, "Clients need the token"),
        ("", HASH, "Clients need the token"),
        ("", f"{HASH}\n", "Clients need the token"),
        ("", "", "Damaged: nobody can read"),
        ("", HASH[:60], "Damaged: nobody can read"),
        (f'TOKEN_SHA256="{HASH}"', "\0" * 70, "Damaged: nobody can read"),
        ('TOKEN_SHA256="open-sesame"', None, "Damaged: nobody can read"),
        (f"TOKEN_SHA256={HASH}\nNOTE=broker (cellar)", None, "Clients need the token"),
        (f'TOKEN_SHA256="{HASH}" # of the phone', None, "Clients need the token"),
        (f"TOKEN_SHA256='{HASH}' ; of the phone", None, "Clients need the token"),
        (f'#TOKEN_SHA256="{HASH}"', None, "None: "),
        ("TOKEN_SHA256=", None, "Damaged: nobody can read"),
        ('TOKEN_SHA256="', None, "Damaged: nobody can read"),
        (f'TOKEN_SHA256="{HASH}', None, "Damaged: nobody can read"),
        (f"TOKEN_SHA256 {HASH}", None, "Damaged: nobody can read"),
    ],
)
def test_the_page_says_what_is_in_force(machine: Machine, settings: str, file: str | None, shown: str) -> None:
    """The page's statement about the token matches the daemon, for damaged files too."""
    machine.configure(settings)
    if file is not None:
        file_of(machine).write_text(file)

    assert token_text(machine).startswith(shown)


def test_a_secret_is_left_nowhere_where_flash_cannot_be_written(machine: Machine, tmp_path: Path) -> None:
    """If the file can't be written, neither a temporary folder nor the flash drive keeps a part of the password."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    # Modes do not stop root, so a folder in the file's place stands for a full or read-only drive.
    (folder(machine) / "mqtt-password").mkdir(parents=True)
    (folder(machine) / "mqtt-password/kept").touch()

    done = subprocess.run(
        ["php", "-n", "-d", f"sys_temp_dir={temporary}", Path(__file__).parent / "save.php",
         machine.plugin / "include/autoload.php"],
        input=json.dumps({"#mqtt_password": "hunter2secret"}),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "UMA_ROOT": str(machine.root), "TMPDIR": str(temporary)},
    )  # fmt: skip

    assert "can't be written" in json.loads(done.stdout)["told"].replace("\\u0027", "'")
    assert list(temporary.iterdir()) == []
    assert [path.name for path in folder(machine).iterdir()] == ["mqtt-password"]


def test_a_quote_in_a_value_is_kept(machine: Machine) -> None:
    """A value with a double quote stays readable when a button rewrites uma.cfg."""
    machine.configure(f'NOTE=\'the "old" one\'\nTOKEN_SHA256="{HASH}"\n')

    assert run(machine, "act.php", "remove-token")[0] == 200
    assert (folder(machine) / "uma.cfg").read_text() == 'TOKEN_SHA256=""\nNOTE=\'the "old" one\'\n'
