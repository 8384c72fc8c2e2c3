"""Differences between two looks at the folders."""

import os

from uma.feeds.notifications.changes import MAX_ITEMS_BYTES, changes_between, status_from
from uma.feeds.notifications.files import File, Folders
from uma.feeds.notifications.model import Unread
from uma.feeds.notifications.parse import Given


def same(text: str) -> str:
    return text


def file(name: str, importance: str = "normal", *, at: int = 1, link: str = "", long: str = "") -> File:
    return File(name, (at * 10**9, 100), Given(str(at), "event", f"subject of {name}", long, importance, link))


def named(*files: File) -> dict[str, File]:
    return {each.name: each for each in files}


def story(before: Folders, now: Folders) -> list[tuple[str, str, bool]]:
    return [(action, item.id, item.unread) for action, item in changes_between(before, now, same)]


def test_counts():
    """Unread ones count by importance; the archive without those that are also unread."""
    folders = Folders(
        unread=named(file("a", "alert"), file("w", "warning"), file("n"), file("x", "odd")),
        archive=named(file("a", "alert"), file("w"), file("n"), file("x"), file("old"), file("older")),
    )
    status = status_from(folders, None)

    assert (status.unread, status.archived_total, status.items) == (Unread(1, 1, 2, 4), 2, ())


def test_a_file_that_is_still_empty_does_not_count():
    """The bell's script gives it no importance either."""
    assert status_from(Folders(unread=named(File("a", (1, 0)))), None).unread == Unread(0, 0, 0, 0)


def test_items():
    """The newest come first, each once: an unread one replaces its copy in the archive, and has the link."""
    folders = Folders(
        unread=named(file("b", at=2, link="/Main")),
        archive=named(file("a", at=1), file("b", at=2), file("c", at=3)),
    )
    items = status_from(folders, same).items

    assert [(item.id, item.unread, item.link) for item in items] == [
        ("c", False, None),
        ("b", True, "/Main"),
        ("a", False, None),
    ]


def test_a_file_name_that_is_not_utf_8():
    """Its bytes are replaced: no message could carry them."""
    latin = os.fsdecode("caf\u00e9_1.notify".encode("latin-1"))

    (item,) = status_from(Folders(unread=named(file(latin))), same).items

    assert item.id == "caf\ufffd_1.notify"


def test_at_most_fifty_items():
    """Others are counted, but not listed."""
    status = status_from(Folders(unread=named(*(file(str(number), at=number) for number in range(60)))), same)

    assert (len(status.items), status.items[0].id, status.unread.total) == (50, "59", 60)


def test_items_fit_into_a_message():
    """Long texts push out the oldest: a message stays below 16 KB."""
    import msgspec

    folders = Folders(unread=named(*(file(str(number), at=number, long="ü" * 500) for number in range(50))))
    status = status_from(folders, same)

    assert 5 < len(status.items) < 20
    assert len(msgspec.json.encode(status)) <= MAX_ITEMS_BYTES + 200


def test_changes_of_a_notification():
    """It is added, dismissed, and at last deleted."""
    nothing = Folders()
    unread = Folders(named(file("a")), named(file("a")))
    archived = Folders({}, named(file("a")))

    assert story(nothing, unread) == [("added", "a", True)]
    assert story(unread, archived) == [("dismissed", "a", False)]
    assert story(archived, nothing) == [("removed", "a", False)]
    assert story(unread, nothing) == [("removed", "a", False)]
    assert story(unread, unread) == []


def test_one_that_goes_to_the_archive_alone():
    """With browser notices off it is never unread."""
    assert story(Folders(), Folders({}, named(file("a")))) == [("added", "a", False)]


def test_one_that_is_written_slowly():
    """It counts once, when it is complete."""
    empty = Folders(named(File("a", (1, 0))), named(File("a", (1, 0))))
    whole = Folders(named(file("a")), named(file("a")))

    assert story(Folders(), empty) == []
    assert story(empty, whole) == [("added", "a", True)]


def test_an_unread_file_that_comes_later():
    """notify writes the archive first: the notification is not added twice."""
    assert story(Folders({}, named(file("a"))), Folders(named(file("a")), named(file("a")))) == []


def test_an_old_one_that_was_never_published():
    """The text of a deleted file in the archive is not known."""
    assert story(Folders({}, named(File("old", (1, 100)))), Folders()) == []


def test_events_are_in_order():
    """Simultaneous ones are reported in the order in which they were written."""
    now = Folders(named(file("z", at=1), file("a", at=2), file("m", at=3)))

    assert [name for _, name, _ in story(Folders(), now)] == ["z", "a", "m"]
