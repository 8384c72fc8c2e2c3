"""emhttpd's state for the details."""

from tests.array_writer import array
from uma.feeds.storage.details.state import read_state
from uma.feeds.storage.emhttp import parse_state
from uma.host import Host


def test_the_last_valid_state_is_used(tmp_path):
    """The files are not opened: they may be half written."""
    valid = parse_state(array().texts())

    assert read_state(Host(tmp_path), valid) == (valid.var, valid.disks)


def test_without_one_the_files_are_read(tmp_path):
    """A missing file has no keys."""
    folder = Host(tmp_path).state
    folder.mkdir(parents=True)
    (folder / "disks.ini").write_text('["disk1"]\nname="disk1"\n')

    assert read_state(Host(tmp_path), None) == ({}, {"disk1": {"name": "disk1"}})
