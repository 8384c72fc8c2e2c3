"""Reading the folders of notifications."""

import os
from contextlib import nullcontext
from operator import attrgetter

import pytest

from tests.support.notifications import dismiss, notification_text, notify
from uma.errors import SourceFailed
from uma.feeds.notifications import files
from uma.feeds.notifications.changes import status_from
from uma.feeds.notifications.files import File, Folders, read_folder, read_folders, read_ids
from uma.host import Host


def read(folder, known=None, *, with_items=False):
    return read_folders(folder, known or Folders(), with_items=with_items)


def subjects(found: dict[str, File]) -> dict[str, str | None]:
    return {name: file.given and file.given.importance for name, file in found.items()}


def test_unread_ones_are_read(tmp_path):
    """Unread files are read for their importance; of the archive only names are."""
    notify(tmp_path, "a", importance="alert")
    notify(tmp_path, "b", unread=False)
    found = read(tmp_path)

    assert subjects(found.unread) == {"a.notify": "alert"}
    assert subjects(found.archive) == {"a.notify": None, "b.notify": None}


def test_the_newest_of_the_archive(tmp_path, monkeypatch):
    """With texts, a limited number is read, and all since the last look."""
    monkeypatch.setattr(files, "MAX_ITEMS", 2)
    for number in range(4):
        notify(tmp_path, str(number), unread=False)
        os.utime(tmp_path / f"archive/{number}.notify", (number, number))
    first = read(tmp_path, with_items=True)
    for name in ("4", "5", "6"):
        notify(tmp_path, name, unread=False)
    second = read(tmp_path, first, with_items=True)

    assert {name for name, file in first.archive.items() if file.given} == {"2.notify", "3.notify"}
    assert {name for name, file in second.archive.items() if file.given} == {"4.notify", "5.notify", "6.notify"}


def test_each_file_is_read_once(tmp_path, monkeypatch):
    """An unchanged file is not opened again; a rewritten one is."""
    notify(tmp_path, "a")
    notify(tmp_path, "b")
    known = read(tmp_path, with_items=True)
    notify(tmp_path, "b", importance="alert", subject="longer than before")
    opened = []
    monkeypatch.setattr(files, "parse_given", lambda text: opened.append(text) or None)
    read(tmp_path, known, with_items=True)

    assert len(opened) == 2
    assert all("longer" in text for text in opened)


def test_other_files_are_none(tmp_path):
    """Only *.notify counts, as in the webGUI's glob: no hidden file, folder or link."""
    (tmp_path / "unread/folder.notify").mkdir(parents=True)
    (tmp_path / "unread/.hidden.notify").write_text("importance=alert\n")
    (tmp_path / "unread/a.txt").write_text("importance=alert\n")
    (tmp_path / "unread/link.notify").symlink_to("/etc/passwd")

    assert read(tmp_path, with_items=True) == Folders()


def test_folders_that_are_not_there(tmp_path):
    """Before cron-init there are none, and no notifications."""
    assert read(tmp_path / "none") == Folders()


def test_a_file_that_is_being_written(tmp_path):
    """An empty file has no text yet, and is read later."""
    notify(tmp_path, "a", text="")
    first = read(tmp_path)
    notify(tmp_path, "a")

    assert first.unread["a.notify"].given is None
    assert read(tmp_path, first).unread["a.notify"].given is not None


def test_a_folder_that_can_not_be_read(tmp_path, monkeypatch):
    """It is reported by name, and not treated as empty."""

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.os, "scandir", refuse)
    with pytest.raises(SourceFailed, match="Permission denied"):
        read(tmp_path)


def test_a_thousand_notifications(tmp_path):
    """A megabyte of them is read in one look, and not again in the next."""
    text = notification_text(description="x" * 900)
    for place in ("unread", "archive"):
        (tmp_path / place).mkdir()
        for number in range(1000):
            (tmp_path / place / f"n{number}.notify").write_text(text)
    found = read(tmp_path, with_items=True)
    again = read(tmp_path, found, with_items=True)

    assert (len(found.unread), len(found.archive)) == (1000, 1000)
    assert all(again.unread[name] is file for name, file in found.unread.items())


def test_a_large_archive(tmp_path, monkeypatch):
    """Above the limit the newest files are followed, in whatever order they are listed, and the others counted."""
    monkeypatch.setattr(files, "MAX_FILES", 3)
    for number in range(8):
        notify(tmp_path, f"n_170000000{number}", unread=number == 2)
    (tmp_path / "archive/folder.notify").mkdir()
    listed = os.scandir
    monkeypatch.setattr(files.os, "scandir", lambda path: nullcontext(sorted(listed(path), key=attrgetter("name"))))
    found = read(tmp_path)
    archived = (file.name for file in found.archive.values())

    assert sorted(archived) == [f"n_170000000{number}.notify" for number in (5, 6, 7)]
    assert (status_from(found, None).archived_total, status_from(found, None).unread.total) == (7, 1)


def test_odd_names(tmp_path):
    """Whatever a name is, its file counts."""
    for name in ("a b", "ünï", "%h", "x" * 200, os.fsdecode(b"\xff")):
        notify(tmp_path, name)

    assert len(read(tmp_path).unread) == 5


def test_the_folder_of_the_settings(tmp_path):
    """The user's folder is below the host's root, whatever it is."""
    settings = tmp_path / "boot/config/plugins/dynamix/dynamix.cfg"
    settings.parent.mkdir(parents=True)
    before = read_folder(Host(tmp_path))
    settings.write_text('[notify]\npath="/boot/config/plugins/dynamix/notifications"\n')
    after = read_folder(Host(tmp_path))
    settings.write_text('[notify]\npath="/mnt/user/x"\n')

    assert before == tmp_path / "tmp/notifications"
    assert after == tmp_path / "boot/config/plugins/dynamix/notifications"
    assert read_folder(Host(tmp_path)) is None


def test_the_order_is_that_of_the_tickets():
    """All files of a copied folder have the current time; the names keep their own."""
    names = ("b_1700000002.notify", "a_1700000003.notify", "x-ticket.notify", "c_1.notify", "d_1700000001.notify")
    found = sorted((File(name, (1_700_000_002_500_000_000, 1)) for name in names), key=lambda file: file.order)

    assert [file.name[0] for file in found] == ["d", "b", "c", "x", "a"]


def test_ids(tmp_path):
    """Ids are those of all drives, in slots or not; without state files there are none."""
    host = Host(tmp_path)
    none = read_ids(host)
    host.state.mkdir(parents=True)
    (host.state / "disks.ini").write_text('["disk1"]\nid="A_1"\n')

    assert (none, read_ids(host)) == ([], ["A_1"])
    notify(tmp_path, "a")
    dismiss(tmp_path, "a")
