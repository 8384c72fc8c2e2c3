"""uma.cfg and the token's file: read, missing, damaged, and replaced by something else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.feeds import config_of, read_config
from uma.config.files import MAX_FILE_BYTES, kept, read_token
from uma.config.model import NOBODY, Config

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


DAMAGED = "keeping the settings in force, at a start the defaults at 127.0.0.1 only"


def test_read_missing_file(tmp_path: Path):
    """A missing file is normal: settings were never saved."""
    assert read_config(tmp_path / "uma.cfg") == (Config(), [])


def test_read_file(tmp_path: Path):
    """A file is read as UTF-8; invalid bytes affect only their own value."""
    path = tmp_path / "uma.cfg"
    path.write_bytes(b'PORT="8080"\nBIND="\xff"\n')

    config, problems = read_config(path)

    assert config == config_of(port=8080, bind="127.0.0.1")
    assert [(problem.source, problem.line, problem.key) for problem in problems] == [(str(path), 2, "BIND")]


def test_read_directory(tmp_path: Path):
    """A directory in the file's place is a problem, and opens nothing to the network."""
    config, problems = read_config(tmp_path)

    assert config == config_of(bind="127.0.0.1")
    assert [(problem.message, problem.is_damage) for problem in problems] == [
        (f"can't be read (Is a directory); {DAMAGED}", True)
    ]


def test_read_huge_file(tmp_path: Path):
    """A file far larger than the settings page's is refused whole, and one at the limit is read."""
    path = tmp_path / "uma.cfg"
    path.write_bytes(b'PORT="8080"\n'.ljust(MAX_FILE_BYTES, b"\n"))
    assert read_config(path)[0].port == 8080
    path.write_bytes(b'PORT="8080"\n'.ljust(MAX_FILE_BYTES + 1, b"\n"))

    config, problems = read_config(path)

    assert config == config_of(bind="127.0.0.1")
    assert [(problem.message, problem.is_damage) for problem in problems] == [(f"is over 65536 bytes; {DAMAGED}", True)]


@pytest.mark.parametrize(
    ("content", "fault", "is_closed"),
    [
        (b"", "is empty", False),
        (b"\0" * 70, "is damaged: it holds zeros", True),
        (b'PORT="8080"\n' + b"\0" * 500, "is damaged: it holds zeros", True),
        (b"\0" * 70_000, "is over 65536 bytes", True),
    ],
)
def test_read_damaged_file(tmp_path: Path, content: bytes, fault: str, is_closed: bool):
    """A file damaged by a power cut opens nothing to the network; a token in its own file still applies."""
    path = tmp_path / "uma.cfg"
    path.write_bytes(content)
    (tmp_path / "token-sha256").write_text(SHA256)

    config, problems = read_config(path)

    assert config == config_of(bind="127.0.0.1", token_sha256=SHA256)
    assert [(problem.message, problem.is_damage, problem.is_closed) for problem in problems] == [
        (f"{fault}; {DAMAGED}", True, is_closed)
    ]


@pytest.mark.parametrize(
    ("content", "token"),
    [
        (SHA256, SHA256),
        (f"{SHA256.upper()}\r\n", SHA256),
        ("", NOBODY),
        (SHA256[:60], NOBODY),
        ("\0" * 64, NOBODY),
        ("open-sesame", NOBODY),
        (f"{SHA256} {SHA256}", NOBODY),
        ("0" * 5000, NOBODY),
    ],
)
def test_the_token_file(tmp_path: Path, content: str, token: str):
    """It overrides uma.cfg; if it has no hash every client is refused, and its text is not quoted."""
    (tmp_path / "token-sha256").write_text(content)
    (tmp_path / "uma.cfg").write_text(f'TOKEN_SHA256="{"a" * 64}"\n')

    config, problems = read_config(tmp_path / "uma.cfg")

    assert config.token_sha256 == token
    assert [problem.is_closed for problem in problems] == [True] * (token == NOBODY)
    assert "sesame" not in str(problems)


def test_a_folder_or_a_fifo_is_not_read(tmp_path: Path):
    """In place of uma.cfg they are damage, and do not block."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")

    for name in ("folder", "fifo"):
        config, problems = read_config(tmp_path / name)
        assert config == config_of(bind="127.0.0.1")
        assert [(problem.is_damage, problem.is_closed) for problem in problems] == [(True, True)]


def test_a_token_set_beside_a_damaged_file_counts():
    """While uma.cfg can't be read, a new token takes effect; an earlier one is not lost."""
    before = config_of(port=8080)
    locked = replace(before, token_sha256=SHA256)

    assert kept(before, config_of(bind="127.0.0.1", token_sha256=SHA256)) == locked
    assert kept(locked, config_of(bind="127.0.0.1")) == locked


def test_a_token_file_that_is_none(tmp_path: Path):
    """A folder or a FIFO in its place refuses every client, and does not block."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")

    assert read_token(tmp_path / "none") == (None, None)
    assert [read_token(tmp_path / name)[0] for name in ("folder", "fifo")] == [NOBODY, NOBODY]
