"""Small files, read whole or not at all."""

import os

from uma.feeds.storage.details.files import entries_of, moment, read_text


def test_what_can_not_be_read_is_empty(tmp_path):
    """A missing file, a folder, a FIFO and too large a file give an empty text and never block."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_text("x" * 65537)
    (tmp_path / "whole").write_text("x" * 65536)

    assert [read_text(tmp_path / name) for name in ("missing", ".", "fifo", "large")] == [""] * 4
    assert len(read_text(tmp_path / "whole")) == 65536


def test_a_missing_folder_has_no_entries(tmp_path):
    """What can't be listed has no entries."""
    (tmp_path / "a").touch()

    assert (entries_of(tmp_path), entries_of(tmp_path / "missing")) == (["a"], [])


def test_a_time_no_clock_shows_is_none():
    """Unix time becomes UTC; a number that is no time becomes None."""
    assert moment(1_750_028_400) == "2025-06-15T23:00:00Z"
    assert [moment(value) for value in (float("inf"), float("nan"), 1e18)] == [None] * 3
