"""The running daemon's notice for root: complete, readable by root only, and removed only by its daemon."""

import hashlib
import os
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from uma.runtime.server_info import Notice, hash_of, leave_notice, new_key, read_notice, read_start, withdraw_notice


def left(path: Path, **changes: object) -> Notice:
    """The notice that this process leaves at *path*."""
    leave_notice(path, **({"version": "2026.11.23", "bind": "::", "port": 34600, "key": "k"} | changes))
    notice = read_notice(path)
    assert notice is not None
    return notice


def test_a_written_notice_is_read(tmp_path: Path):
    """It has this process's number and start, its address, and the key."""
    assert asdict(left(tmp_path / "uma.json")) == {
        "version": "2026.11.23",
        "pid": os.getpid(),
        "started": read_start(os.getpid()),
        "bind": "::",
        "port": 34600,
        "key": "k",
        "tls": False,
    }


def test_only_its_owner_may_read_it(tmp_path: Path):
    """The file has mode 600 with any umask, even if it replaces one with another mode."""
    (tmp_path / "uma.json").write_text("old")
    (tmp_path / "uma.json").chmod(0o644)
    before = os.umask(0)
    try:
        left(tmp_path / "uma.json")
    finally:
        os.umask(before)

    assert (tmp_path / "uma.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["uma.json"]


def test_nothing_is_left_by_a_failure(tmp_path: Path):
    """If it can't be written, OSError is raised and no file is left."""
    with pytest.raises(OSError, match="No such file"):
        left(tmp_path / "absent/uma.json")
    (tmp_path / "uma.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        left(tmp_path / "uma.json")

    assert [path.name for path in tmp_path.iterdir()] == ["uma.json"]


def test_withdrawn_by_its_process_only(tmp_path: Path):
    """A daemon removes its own notice, and leaves another daemon's."""
    path = tmp_path / "uma.json"
    withdraw_notice(path)
    left(path)
    withdraw_notice(path)
    assert not path.exists()

    left(path)
    path.write_text(path.read_text().replace(str(os.getpid()), "1"))
    withdraw_notice(path)
    assert path.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": 1}', '{"pid": []}', "\xff", "{}" + " " * 5000])
def test_a_damaged_notice_is_ignored(tmp_path: Path, text: str):
    """An incomplete notice does not count."""
    (tmp_path / "uma.json").write_text(text, encoding="latin-1")

    assert read_notice(tmp_path / "uma.json") is None


def test_keys():
    """Keys differ, and their hash is that of tokens."""
    key = new_key()

    assert key != new_key()
    assert hash_of(key) == hashlib.sha256(key.encode()).hexdigest()


def test_start_of_a_process(tmp_path: Path):
    """A process has one start, even if its name holds the separator; an ended one has none."""
    program = tmp_path / "a) S 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        start = read_start(process.pid)
        process.kill()

    assert start is not None
    assert start >= (read_start(os.getpid()) or 0)
    assert read_start(process.pid) is None
