"""Small files, whole or not at all."""

import os
from pathlib import Path

import pytest

from uma.fence.whole_files import write_whole


def test_only_this_user_can_read_it(tmp_path: Path) -> None:
    """The file replaces an older one, with mode 600, and leaves no other behind."""
    path = tmp_path / "file"
    path.write_text("older, and longer")
    path.chmod(0o644)
    write_whole(path, "new")

    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [*tmp_path.iterdir()] == [path]


def test_nothing_is_left_where_it_fails(tmp_path: Path) -> None:
    """A folder in its place stays, and no half file beside it."""
    (tmp_path / "file/inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "file", "new")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_left_over_of_a_crash_is_replaced(tmp_path: Path) -> None:
    """A partial file of an earlier try, even a link to another file, is replaced."""
    (tmp_path / "other").write_text("as it was")
    (tmp_path / "file.new").symlink_to(tmp_path / "other")
    write_whole(tmp_path / "file", "new")

    assert (tmp_path / "other").read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "other"]


@pytest.mark.parametrize("is_synced", [False, True])
def test_its_mode_and_its_place_on_the_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_synced: bool) -> None:
    """The mode is the caller's, and only a file that must outlast a loss of power is waited for."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    write_whole(tmp_path / "file", "new", mode=0o640, is_synced=is_synced)

    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
    assert bool(synced) is is_synced
