"""Small files, whole or not at all."""

from pathlib import Path

import pytest

from uma.fence.whole_files import write_whole


def test_it_is_this_users_alone(tmp_path: Path) -> None:
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
