"""Opening of files that a FIFO may have replaced."""

import os
from pathlib import Path

from uma.opener import open_at_once


def test_a_fifo_without_a_writer(tmp_path: Path) -> None:
    """A FIFO that nobody writes to is opened at once, and is empty."""
    os.mkfifo(tmp_path / "uma.cfg")

    with open(tmp_path / "uma.cfg", "rb", opener=open_at_once) as file:
        assert file.read() == b""


def test_a_file(tmp_path: Path) -> None:
    """A file is read as usual."""
    (tmp_path / "uma.cfg").write_bytes(b"PORT")

    with open(tmp_path / "uma.cfg", "rb", opener=open_at_once) as file:
        assert file.read() == b"PORT"
