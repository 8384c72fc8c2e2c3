"""Unraid's notifications, counted as the webGUI's bell does; texts on request."""

from typing import Any

from uma.feeds.feed import (
    MEASUREMENT,
    Choice,
    Context,
    Feed,
    Gauge,
    Sample,
    Source,
    event,
    path,
    sensor,
    show,
    words_of,
)
from uma.feeds.notifications.model import ACTIONS, NotificationEvent, NotificationsStatus

WANTED = Choice(
    "NOTIFICATIONS",
    "Notifications",
    "Counts of Unraid's notifications only, or their texts, too. Texts can name disks and people, so they require"
    " a token.",
    default="counts",
    choices={"no": "No", "counts": "Counts", "full": "Counts and texts"},
    needs_token=frozenset({"full"}),
)
IMPORTANCES = ("alert", "warning", "normal")


def _source(context: Context) -> Source:
    from uma.feeds.notifications.source import NotificationsSource  # noqa: PLC0415 - only while it is on

    return NotificationsSource(context, WANTED)


def _unread(status: NotificationsStatus) -> list[Sample]:
    return [({"importance": word}, getattr(status.unread, word)) for word in IMPORTANCES]


def _facts(status: NotificationsStatus) -> Any:  # noqa: ANN401 - whatever can be compared
    return status.unread


FEEDS = (
    Feed(
        name="notifications/status",
        title="Notifications",
        summary="Unraid's notifications, counted: at once, every 30 s, and within 1 s of a change.",
        message=NotificationsStatus,
        source=_source,
        switch=WANTED,
        metrics=(
            Gauge("uma_notifications_unread", "Unread notifications, by importance.", _unread),
            Gauge(
                "uma_notifications_archived",
                "Notifications in the archive that are not unread.",
                lambda status: status.archived_total,
            ),
        ),
        entities=tuple(
            sensor(f"notifications_{word}", f"Unread {plural}", show(path(f"unread.{word}")), MEASUREMENT, icon)
            for word, plural, icon in (
                ("alert", "alerts", "mdi:bell-alert"),
                ("warning", "warnings", "mdi:bell-ring"),
                ("normal", "notices", "mdi:bell"),
            )
        ),
        facts=_facts,
        panel="panels/notifications.js",
        is_private=True,
    ),
    Feed(
        name="notifications/events",
        title="Notification events",
        summary="Each of Unraid's notifications as it comes, is dismissed or deleted; with NOTIFICATIONS=full only.",
        message=NotificationEvent,
        source=_source,
        switch=WANTED,
        interval=None,
        entities=(
            event(
                "notification",
                "Notification",
                "{% set event = value_json.data %}{{ {'event_type': event.action, 'importance': event.item.importance, "
                "'event': event.item.event, 'subject': event.item.subject, 'description': event.item.description} "
                "| to_json }}",
                words_of(ACTIONS),
                "mdi:bell",
            ),
        ),
        is_private=True,
    ),
)
