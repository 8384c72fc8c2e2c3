"""Updates from the files of Unraid's own checks, read on change and hourly."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, NoReturn

import structlog

from uma.aio.task_groups import together
from uma.aio.ticks import tick_after
from uma.counted import counted
from uma.feeds.feed import Context, Publish, Report, registered
from uma.feeds.updates.files import Look, Roots, checked_folder, installed_folder, os_check_folder, read_updates
from uma.feeds.updates.model import UpdatesStatus
from uma.feeds.updates.parse import containers_available
from uma.feeds.watch import settled, watch_folders

HEARTBEAT_SECONDS: Final = 30.0
RESCAN_SECONDS: Final = 3600.0
SETTLE_SECONDS: Final = 0.5
"""Delay after a change: a check writes one file per plugin."""
CONTAINERS: Final = "docker/containers"

log = structlog.get_logger()


class UpdatesSource:
    """The updates of one host. *clock*, monotonic, is for tests."""

    name = "updates"

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = context.host
        self._newest = context.newest
        self._containers_listeners = context.listeners(CONTAINERS)
        self._clock = clock
        self._changed = asyncio.Event()
        self._roots: Roots = {}
        self._shown: UpdatesStatus | None = None

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish the updates that Unraid knows of until cancelled."""
        with registered(self._containers_listeners, self._see_containers):
            await together(
                updates_watch=self._watch,
                updates_state=lambda: self._follow(publish, report),
            )

    async def _watch(self) -> NoReturn:
        host = self._host
        folders = (installed_folder(host), checked_folder(host), os_check_folder(host))
        try:
            await watch_folders(folders, self._changed.set)
        except OSError as error:
            # Without a watch, the hourly look has to do.
            log.warning("updates not watched", folders=" ".join(map(str, folders)), error=str(error))
        await asyncio.Future[NoReturn]()

    async def _follow(self, publish: Publish, report: Report) -> NoReturn:
        self._shown = None
        heartbeat_at = rescan_at = self._clock()
        look: Look | None = None
        is_changed = False
        while True:
            now = self._clock()
            if look is None or is_changed or now >= rescan_at:
                self._changed.clear()
                look = await asyncio.to_thread(read_updates, self._host, self._roots)
                self._roots, rescan_at = look.roots, tick_after(now, RESCAN_SECONDS)
                report("ok", counted(len(look.plugins), "plugin"))
            status = UpdatesStatus(look.os, look.plugins, self._containers_available())
            if status != self._shown or now >= heartbeat_at:
                publish(status)
                self._shown, heartbeat_at = status, tick_after(now, HEARTBEAT_SECONDS)
            until = min(heartbeat_at, rescan_at)
            is_changed = await settled(self._changed, seconds=until - now, settle=SETTLE_SECONDS)

    def _see_containers(self) -> None:
        """Look again if the number of containers with an update has changed."""
        if self._shown is not None and self._containers_available() != self._shown.containers_available:
            self._changed.set()

    def _containers_available(self) -> int | None:
        """Return the number from docker/containers, which knows the existing
        containers.
        """
        containers = getattr(self._newest(CONTAINERS), "containers", ())
        return containers_available(container.update for container in containers)
