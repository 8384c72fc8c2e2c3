"""The server's id: random, created once and kept; derived only if it can't be kept."""

import os
import re
from pathlib import Path

import pytest

from uma.runtime.server_id import ServerId

GUID = "0781-5567-4C53-0001AB34CD56"
ID = "0123456789abcdef0123456789abcdef"


def id_of(path: Path, guid: str | None = GUID) -> str:
    return ServerId(path, lambda: guid)()


def test_it_is_made_once_and_kept(tmp_path: Path):
    """The first call creates a random id, which later runs of the daemon find; only root may read it."""
    path = tmp_path / "server-id"

    made = id_of(path)

    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert [id_of(path) for _ in range(3)] == [made] * 3
    assert path.read_text() == f"{made}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["server-id"]


def test_two_servers_have_two(tmp_path: Path):
    """Two flash drives with one GUID, as of a cloned demo, get two ids."""
    (tmp_path / "b").mkdir()

    assert id_of(tmp_path / "server-id") != id_of(tmp_path / "b/server-id")


@pytest.mark.parametrize("text", [ID, f"{ID}\n", f" {ID.upper()}\r\n"])
def test_an_existing_id_is_kept(tmp_path: Path, text: str):
    """A file that a user copied or edited is used."""
    path = tmp_path / "server-id"
    path.write_bytes(text.encode())

    assert id_of(path) == ID
    assert path.read_bytes().decode() == text


@pytest.mark.parametrize("content", [b"", b"\0" * 33, b"tower", ID[:31].encode(), ID.encode() * 2, b"\xff" * 32])
def test_a_damaged_file_is_replaced(tmp_path: Path, content: bytes):
    """An invalid id is replaced, and the new one stays."""
    path = tmp_path / "server-id"
    path.write_bytes(content)

    made = id_of(path)

    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert id_of(path) == made


def test_remains_of_a_crash_are_replaced(tmp_path: Path):
    """A temporary file of an earlier try is replaced."""
    (tmp_path / "server-id.new").write_text("half")

    assert id_of(tmp_path / "server-id") == (tmp_path / "server-id").read_text().strip()
    assert [each.name for each in tmp_path.iterdir()] == ["server-id"]


def test_it_is_derived_if_it_can_not_be_stored(tmp_path: Path):
    """Without the folder the id is the same each time, differs for another GUID, and does not reveal the GUID."""
    path = tmp_path / "none/server-id"

    derived = id_of(path)

    assert re.fullmatch(r"[0-9a-f]{32}", derived)
    assert id_of(path) == derived
    assert id_of(path, "0781-5567-4C53-0001AB34CD57") != derived
    assert not (tmp_path / "none").exists()


def test_a_folder_or_a_fifo_in_its_place(tmp_path: Path):
    """Neither blocks, and neither is overwritten."""
    folder, fifo = tmp_path / "folder", tmp_path / "fifo"
    folder.mkdir()
    (folder / "kept").touch()
    os.mkfifo(fifo)

    assert id_of(folder) == id_of(folder)
    assert re.fullmatch(r"[0-9a-f]{32}", id_of(fifo))


def test_without_anything_it_lasts_as_long_as_the_daemon(tmp_path: Path):
    """Without flash drive and GUID it is random, and the same for all callers."""
    server_id = ServerId(tmp_path / "none/server-id", lambda: None)

    assert server_id() == server_id()
    assert server_id() != ServerId(tmp_path / "none/server-id", lambda: None)()
