"""Unraid's notifications, read when their folders change and each minute.

Each file is read once: the folders may be on the flash drive, and there may be
thousands of files.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

import structlog

from uma.aio.task_groups import together
from uma.aio.ticks import tick_after
from uma.errors import SourceError, SourceFailed
from uma.feeds.feed import Choice, Context, Publish, Report
from uma.feeds.notifications.changes import changes_between, status_from
from uma.feeds.notifications.files import (
    SETTINGS,
    SUFFIX,
    Folders,
    active_folder,
    read_folder,
    read_folders,
    read_ids,
    settings_file,
)
from uma.feeds.notifications.model import NotificationEvent, NotificationsStatus
from uma.feeds.notifications.parse import Mask
from uma.feeds.watch import settled, watch_folders
from uma.serials import serial_mask

HEARTBEAT_SECONDS: Final = 30.0
RESCAN_SECONDS: Final = 60.0
SETTLE_SECONDS: Final = 0.2
"""Delay after a change: notify writes into the archive first."""

log = structlog.get_logger()


class Moved(SourceError):
    """Raised when the user has moved the notifications' folder."""


class NotificationsSource:
    """The notifications of one host. The setting *wanted* selects counts only, or texts
    too.

    *clock*, monotonic, is for tests.
    """

    name = "notifications"

    def __init__(self, context: Context, wanted: Choice, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = context.host
        self._settings = context.settings
        self._wanted = wanted
        self._clock = clock
        self._changed = asyncio.Event()
        self._is_nudged = False
        # Kept over a restart of the source.
        self._folder: Path | None = None
        self._known: Folders | None = None
        self._mask: Mask | None = None
        self._seq = 0

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish counts, and texts and events if they are wanted, until cancelled."""
        while True:
            with suppress(Moved):
                await self._observe(publish, report)

    async def _observe(self, publish: Publish, report: Report) -> None:
        folder = await asyncio.to_thread(read_folder, self._host)
        if folder is None:
            raise SourceFailed("the webGUI's settings name a folder for notifications that UMA does not open")
        if folder != self._folder:
            self._folder, self._known = folder, None
        await together(
            notifications_watch=lambda: self._watch(folder),
            notifications_state=lambda: self._follow(folder, publish, report),
        )

    async def _watch(self, folder: Path) -> NoReturn:
        places = (
            folder / "unread",
            folder / "archive",
            active_folder(self._host),
            settings_file(self._host).parent,
        )
        try:
            await watch_folders(places, self._changed.set, is_of_interest=_is_of_interest)
        except OSError as error:
            # Without a watch, the look each minute has to do.
            log.warning("notifications not watched", folder=str(folder), error=str(error))
        await asyncio.Future[NoReturn]()

    async def _follow(self, folder: Path, publish: Publish, report: Report) -> NoReturn:
        shown: NotificationsStatus | None = None
        heartbeat_at = rescan_at = self._clock()
        while True:
            now = self._clock()
            status = shown
            if status is None or self._is_nudged or now >= rescan_at:
                self._is_nudged = False
                status = await self._look(folder, publish)
                rescan_at = tick_after(now, RESCAN_SECONDS)
                report("ok", f"{status.unread.total} unread, {status.archived_total} archived")
            if status != shown or now >= heartbeat_at:
                publish(status)
                shown, heartbeat_at = status, tick_after(now, HEARTBEAT_SECONDS)
            until = min(heartbeat_at, rescan_at)
            if await settled(self._changed, seconds=until - now, settle=SETTLE_SECONDS):
                self._is_nudged = True

    async def _look(self, folder: Path, publish: Publish) -> NotificationsStatus:
        """Return the message; publish the events since the last look, if wanted."""
        if await asyncio.to_thread(read_folder, self._host) != folder:
            raise Moved(str(folder))
        with_items = self._settings.of(self._wanted) == "full"
        before = self._known
        active = active_folder(self._host)
        now = await asyncio.to_thread(read_folders, folder, before or Folders(), with_items=with_items, active=active)
        self._known = now
        if not with_items:
            self._mask = None
            return status_from(now, None)
        if self._mask is None or now != before:
            mask = await asyncio.to_thread(lambda: serial_mask(read_ids(self._host)))
            # Changes before the first look with texts are not events.
            for action, item in changes_between(before, now, mask) if before and self._mask else ():
                self._seq += 1
                publish(NotificationEvent(action, item, self._seq))
            self._mask = mask
        return status_from(now, self._mask)


def _is_of_interest(name: str) -> bool:
    return name.endswith(SUFFIX) or name == SETTINGS
