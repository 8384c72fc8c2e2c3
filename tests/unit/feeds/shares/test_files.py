"""Reading Unraid's files about shares."""

import os

import pytest

from tests.support.shares import DISKS, VAR, share_section
from uma.errors import Unreadable
from uma.feeds.shares.files import is_ours, read_stamps, read_texts
from uma.host import Host


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path)
    host.state.mkdir(parents=True)
    (host.state / "shares.ini").write_text(share_section("media"))
    (host.state / "disks.ini").write_text(DISKS)
    (host.state / "var.ini").write_text(VAR)
    return host


def test_all_files_are_read(host):
    """The five state files, and share_size's results by share; a missing file is empty."""
    (host.state / "media.ssz1").write_text("disk.total=1\n")
    (host.state / "a.b.ssz1").write_text("disk.total=2\n")
    os.utime(host.state / "media.ssz1", (5, 7))
    texts = read_texts(host)

    assert (texts.shares, texts.disks, texts.var, texts.smb) == (share_section("media"), DISKS, VAR, "")
    assert {name: each.text for name, each in texts.computed.items()} == {
        "media": "disk.total=1\n",
        "a.b": "disk.total=2\n",
    }
    assert texts.computed["media"].at == 7


@pytest.mark.parametrize("name", ["shares.ini", "disks.ini", "var.ini", "sec.ini", "sec_nfs.ini"])
def test_a_half_written_file(host, name):
    """A file that ends within a line is being written: no part of it is used."""
    (host.state / name).write_text('["media"]\nname="me')
    with pytest.raises(Unreadable, match=f"{name} is not whole"):
        read_texts(host)


def test_stamps(host):
    """Only files about shares count, and each write of one is noticed."""
    before = read_stamps(host)
    (host.state / "disks.ini").write_text("")
    same = read_stamps(host)
    (host.state / "media.ssz1").write_text("disk.total=1\n")
    more = read_stamps(host)

    assert set(before) == {"shares.ini"}
    assert same == before
    assert set(more) == {"shares.ini", "media.ssz1"}


def test_names():
    """inotify reports every file in the folder; these matter."""
    names = ("shares.ini", "sec.ini", "sec_nfs.ini", "x.ssz1", "disks.ini", "var.ini", "x.ssz2")

    assert [is_ours(name) for name in names] == [True, True, True, True, False, False, False]


def test_nothing_there(tmp_path):
    """A host without state files has empty ones."""
    assert (read_texts(Host(tmp_path)).shares, read_stamps(Host(tmp_path))) == ("", {})


def test_a_folder_in_a_files_place(host):
    """A folder counts as a missing file."""
    (host.state / "sec.ini").mkdir()
    (host.state / "odd.ssz1").mkdir()
    texts = read_texts(host)

    assert (texts.smb, texts.computed["odd"].text) == ("", "")


def test_an_undecodable_name(host):
    """A file whose name is not UTF-8 is ignored."""
    (host.state / os.fsdecode(b"\xff.ssz1")).write_text("disk.total=1\n")

    assert list(read_texts(host).computed) == ["\ufffd"]
