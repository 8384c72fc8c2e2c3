"""Small files of the host, or anything in their place. See also storage/test_emhttp."""

import os
from pathlib import Path

import pytest

from uma.errors import Unreadable
from uma.feeds.files import MAX_FILE_BYTES, read_attribute, read_head, read_optional, read_required


def test_an_existing_file_is_read(tmp_path: Path) -> None:
    """Both give the text, and the optional one its last bytes."""
    path = tmp_path / "a.ini"
    path.write_text("one two")

    assert read_required(path) == read_optional(path) == "one two"
    assert read_optional(path, tail=3) == "two"


@pytest.mark.parametrize("name", ["missing", "empty", "fifo", "folder", "large", "zero\0"])
def test_unreadable_files(tmp_path: Path, name: str) -> None:
    """A required file gives a reason, an optional one is empty; neither blocks."""
    path = tmp_path / name
    match name:
        case "empty":
            path.touch()
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "large":
            path.write_bytes(b"x" * (MAX_FILE_BYTES + 1))

    with pytest.raises(Unreadable, match=name.rstrip("\0")):
        read_required(path)
    assert read_optional(path) == ""


def test_the_head_of_a_file(tmp_path: Path) -> None:
    """At most the requested bytes are read; anything but a file is None, and a FIFO does not block."""
    (tmp_path / "long").write_bytes(b"0123456789")
    os.mkfifo(tmp_path / "fifo")

    heads = [read_head(tmp_path / name, 4) for name in ("long", "none", ".", "fifo", "a\0b")]
    assert heads == [b"0123", None, None, None, None]


def test_an_attribute_of_the_kernel(tmp_path: Path) -> None:
    """Its text without the line's end; an unreadable or undecodable one raises nothing."""
    (tmp_path / "speed").write_bytes(b" 1000\n")
    (tmp_path / "odd").write_bytes(b"\xff\n")

    assert read_attribute(tmp_path / "speed") == "1000"
    assert read_attribute(tmp_path / "odd") == "\ufffd"
    assert read_attribute(tmp_path / "missing") == read_attribute(tmp_path) == read_attribute(tmp_path / "a\0b") == ""
