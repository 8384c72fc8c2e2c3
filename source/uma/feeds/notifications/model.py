"""Unraid's own notifications, as the webGUI's bell counts them."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import COUNT, MOMENT, SERIAL, Doc, Words

IMPORTANCE = Words("alert", "warning", "normal")
ACTIONS = Words("added", "dismissed", "removed")


@dataclass(frozen=True, slots=True)
class Unread:
    """Unread notifications, by importance."""

    about: ClassVar[str] = "Unread notifications, by importance, as the webGUI's bell counts them."

    alert: Annotated[int, Doc("Alerts."), COUNT]
    warning: Annotated[int, Doc("Warnings."), COUNT]
    normal: Annotated[int, Doc("Notices, and any other importance."), COUNT]
    total: Annotated[int, Doc("All of them."), COUNT]


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification; serial numbers are cut to their last 4 characters."""

    about: ClassVar[str] = "One notification; serial numbers in its texts are cut to their last 4 characters."

    id: Annotated[str, Doc("Stable identity: its file's name.")]
    at: Annotated[str | None, Doc("When it was given."), MOMENT]
    importance: Annotated[str, Doc("Importance; normal for any other word."), IMPORTANCE]
    event: Annotated[str, Doc("What it is about.")]
    subject: Annotated[str, Doc("Subject, as in the mail.")]
    description: Annotated[str, Doc("Description.")]
    link: Annotated[str | None, Doc("Page of the webGUI that it leads to; known while it is unread.")]
    unread: Annotated[bool, Doc("True until it is dismissed.")]


@dataclass(frozen=True, slots=True)
class NotificationsStatus:
    """Counts of notifications, and the newest ones where the user allows it."""

    kind: ClassVar[str] = "notifications_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Counts of Unraid's notifications, and with NOTIFICATIONS=full the newest ones."

    unread: Annotated[Unread, Doc("Unread ones.")]
    archived_total: Annotated[int, Doc("Notifications in the archive that are not unread."), COUNT]
    items: Annotated[tuple[Notification, ...], Doc("The newest, at most 50, newest first; empty with counts only.")]


@dataclass(frozen=True, slots=True)
class NotificationEvent:
    """A notification that came, was dismissed, or was deleted."""

    kind: ClassVar[str] = "notification_event"
    retained: ClassVar[bool] = False
    about: ClassVar[str] = "A notification that came, was dismissed, or was deleted."

    action: Annotated[str, Doc("added, dismissed (unread no more), or removed (deleted)."), ACTIONS]
    item: Annotated[Notification, Doc("The notification.")]
    seq: Annotated[int, Doc("Rises by one with each event of one daemon life."), SERIAL]
