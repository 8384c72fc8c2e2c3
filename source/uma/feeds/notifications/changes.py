"""Comparison of two scans of the folders: the message, and the events in
between. Pure.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from uma.feeds.files import shown_name
from uma.feeds.notifications.files import MAX_ITEMS, File, Folders
from uma.feeds.notifications.model import Notification, NotificationsStatus, Unread
from uma.feeds.notifications.parse import Mask, importance_of, item_from

MAX_ITEMS_BYTES: Final = 15_000
"""Limit for all texts in one message; the oldest notifications are dropped first."""
MARGIN_BYTES: Final = 130
"""Allowance for an item's keys and punctuation, in addition to its texts."""

Change = tuple[str, Notification]


def status_from(folders: Folders, mask: Mask | None) -> NotificationsStatus:
    """Return the message; without items unless a *mask* for their texts is given."""
    importances = [importance_of(file.given) for file in folders.unread.values() if file.given is not None]
    unread = Unread(
        alert=importances.count("alert"),
        warning=importances.count("warning"),
        normal=importances.count("normal"),
        total=len(importances),
    )
    archived = len(folders.archive.keys() - folders.unread.keys()) + folders.older
    return NotificationsStatus(unread, archived, () if mask is None else tuple(_newest(folders, mask)))


def changes_between(before: Folders, now: Folders, mask: Mask) -> list[Change]:
    """Return the events from *before* to *now*: an action and a notification each.

    A file that is still empty does not count yet. For the archive, only files that were
    read count as removed: the texts of others are not known.
    """
    changes: list[Change] = []
    for file in sorted(_whole(now).values(), key=attrgetter("order")):
        item = _item(file, mask, is_unread=file.name in now.unread)
        if item is None:
            continue
        if file.name not in _whole(before):
            changes.append(("added", item))
        elif file.name in before.unread and file.name not in now.unread:
            changes.append(("dismissed", item))
    there = now.unread.keys() | now.archive.keys()
    gone = (_item(file, mask, is_unread=False) for name, file in _whole(before).items() if name not in there)
    return [*changes, *(("removed", item) for item in gone if item is not None)]


def _whole(folders: Folders) -> dict[str, File]:
    """Return the complete files by name, unread ones before archived copies."""
    files = {**folders.archive, **folders.unread}
    return {name: file for name, file in files.items() if file.stamp[1] > 0}


def _newest(folders: Folders, mask: Mask) -> Iterator[Notification]:
    """Yield the newest notifications, newest first, as many as fit into a message."""
    room = MAX_ITEMS_BYTES
    files = sorted(_whole(folders).values(), key=attrgetter("order"), reverse=True)
    for file in files[:MAX_ITEMS]:
        item = _item(file, mask, is_unread=file.name in folders.unread)
        if item is None:
            continue
        texts = (item.id, item.event, item.subject, item.description, item.link or "")
        room -= MARGIN_BYTES + sum(len(text.encode()) for text in texts)
        if room < 0:
            return
        yield item


def _item(file: File, mask: Mask, *, is_unread: bool) -> Notification | None:
    if file.given is None:
        return None
    return item_from(shown_name(file.name), file.given, unread=is_unread, written_at=file.written_at, mask=mask)
