"""Unraid's SMART texts as files that are rewritten, removed and damaged."""

import os
import shutil
from pathlib import Path

import pytest

from uma.feeds.smart.texts import DOUBT_SECONDS, LARGEST_TEXT, SmartTexts, read_text

FIXTURES = Path(__file__).parents[3] / "fixtures/smart"
HEALTHY = (FIXTURES / "ata-healthy.txt").read_text()
FAILING = HEALTHY.replace("PASSED", "FAILED!")


class Folder:
    """A folder of texts, and a clock for the times of its files."""

    def __init__(self, path):
        self.path = path
        self.now = 1_750_000_000.0
        self.texts = SmartTexts(path, clock=lambda: self.now)

    def put(self, name, text, *, ago=0.0):
        self.path.mkdir(exist_ok=True)
        file = self.path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(file, (self.now - ago, self.now - ago))

    def health(self):
        assert self.texts.look()
        return {name: reading.health for name, reading in self.texts.readings.items()}


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "smart")


def test_no_folder(folder):
    """Without a folder, which is normal if polling is off, there are no readings, and this is reported."""
    assert folder.texts.look() is False
    assert folder.texts.readings == {}


def test_a_file_in_the_folders_place(folder):
    """A file where the folder should be is no folder."""
    folder.path.write_text("")
    assert folder.texts.look() is False


def test_readings_come_and_go_with_the_files(folder):
    """Each slot's text gives its reading with the file's age; removing the file or folder ends it."""
    folder.put("disk1", HEALTHY, ago=90)
    folder.put("nvme_pool2", FAILING)
    assert folder.health() == {"disk1": "passed", "nvme_pool2": "failed"}
    assert folder.texts.readings["disk1"].at == folder.now - 90
    (folder.path / "disk1").unlink()
    assert folder.health() == {"nvme_pool2": "failed"}
    shutil.rmtree(folder.path)
    assert folder.texts.look() is False
    assert folder.texts.readings == {}


def test_a_rewritten_file_is_read_again(folder):
    """A new text in the same file, of any time or size, replaces the old one."""
    folder.put("disk1", HEALTHY)
    assert folder.health() == {"disk1": "passed"}
    folder.now += 60
    folder.put("disk1", FAILING)
    assert folder.health() == {"disk1": "failed"}
    folder.put("new", HEALTHY)
    (folder.path / "new").replace(folder.path / "disk1")
    assert folder.health() == {"disk1": "passed"}


def test_an_unchanged_file_is_not_read_again(folder):
    """A file with the same inode, time and size only costs a stat."""
    folder.put("disk1", HEALTHY)
    folder.texts.look()
    folder.put("disk1", FAILING.ljust(len(HEALTHY))[: len(HEALTHY)])
    folder.texts.look()
    assert folder.texts.readings["disk1"].health == "passed"


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\n",
        b"\xff\x00\x07" * 500,
        b"\x00" * 4096 + b"\n",
        HEALTHY[: len(HEALTHY) // 2].encode().rstrip(b"\n"),
        (FIXTURES / "standby.txt").read_bytes(),
        FAILING.encode() + b" " * LARGEST_TEXT + b"\n",
    ],
    ids=["empty", "newline", "noise", "zeros", "torn", "standby", "huge"],
)
def test_damage_leaves_the_last_reading(folder, damage):
    """An empty, truncated, binary or endless file, or one that reports sleep, changes nothing, however old."""
    folder.put("disk1", HEALTHY)
    folder.texts.look()
    before = folder.texts.readings["disk1"]
    folder.now += 60
    folder.put("disk1", damage)
    for later in (0, 60):
        folder.now += later
        folder.texts.look()
        assert folder.texts.readings == {"disk1": before}
    folder.put("disk1", FAILING)
    assert folder.health() == {"disk1": "failed"}


def test_a_text_cut_after_any_line_changes_nothing_at_once(folder):
    """While a text is being written in pieces, the last reading stays: the rest may still come."""
    folder.put("disk1", HEALTHY)
    folder.texts.look()
    before = folder.texts.readings["disk1"]
    lines = HEALTHY.splitlines(keepends=True)
    for count in range(len(lines) - 3):
        folder.now += 1
        folder.put("disk1", "".join(lines[:count]))
        folder.texts.look()
        assert folder.texts.readings["disk1"] == before, count


def test_saying_less_is_believed_in_time(folder):
    """A text that lasts for some seconds counts as complete, even if it has less content than the last one."""
    folder.put("disk1", HEALTHY)
    folder.texts.look()
    folder.put("disk1", (FIXTURES / "usb-unknown-bridge.txt").read_text())
    folder.now += DOUBT_SECONDS - 1
    assert folder.health() == {"disk1": "passed"}
    folder.now += 2
    assert folder.health() == {"disk1": "unknown"}


def test_a_clock_set_back_does_not_keep_doubts(folder):
    """A file from the future is not new."""
    folder.put("disk1", HEALTHY)
    folder.texts.look()
    folder.put("disk1", (FIXTURES / "usb-unknown-bridge.txt").read_text(), ago=-3600)
    assert folder.health() == {"disk1": "unknown"}


def test_only_plain_files_are_opened(folder, tmp_path):
    """A FIFO, a folder, a device, a dangling link, a hidden file and an undecodable name are not opened."""
    folder.put("disk1", HEALTHY)
    folder.put(".disk2.tmp", HEALTHY)
    folder.put("disk\n3", HEALTHY)
    os.mkfifo(folder.path / "fifo")
    fifo = os.open(folder.path / "fifo", os.O_RDWR | os.O_NONBLOCK)
    os.write(fifo, HEALTHY.encode())
    (folder.path / "sub").mkdir()
    (folder.path / "device").symlink_to("/dev/zero")
    (folder.path / "dangling").symlink_to(tmp_path / "none")
    Path(os.fsdecode(os.fsencode(folder.path) + b"/\xff\xfe")).write_text(HEALTHY)
    assert folder.health() == {"disk1": "passed"}
    assert os.read(fifo, 10_000).decode() == HEALTHY
    os.close(fifo)


def test_a_file_that_changes_while_read_is_not_taken(folder):
    """A text is returned only if the file is unchanged after reading; a vanished file gives None."""
    folder.put("disk1", HEALTHY)
    status = (folder.path / "disk1").stat()
    mark = (status.st_ino, status.st_mtime_ns, status.st_size)
    assert read_text(folder.path / "disk1", mark) == HEALTHY
    folder.put("disk1", HEALTHY + "\n")
    assert read_text(folder.path / "disk1", mark) is None
    assert read_text(folder.path / "none", mark) is None
