"""Shares by Unraid's state files: read on change, published every 30 s."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NoReturn

import structlog

from uma.aio.task_groups import together
from uma.aio.ticks import tick_after
from uma.counted import counted
from uma.errors import Unreadable
from uma.feeds.feed import Context, Publish, Report
from uma.feeds.shares.files import SHARES, is_ours, read_stamps, read_texts
from uma.feeds.shares.model import SharesStatus
from uma.feeds.shares.parse import status_from
from uma.feeds.watch import settled, watch_folder
from uma.host import Host

HEARTBEAT_SECONDS: Final = 30.0
SETTLE_SECONDS: Final = 0.1
"""Delay after a change, so that files written in turn are read together."""
RETRY_SECONDS: Final = 0.2
DAMAGED_SECONDS: Final = 2.0
"""Time between two looks at a damaged file: disks.ini is not watched, as emhttpd
rewrites it all the time.
"""
LOST_SECONDS: Final = 10.0
"""Time for which the last valid shares hold if the file is empty or incomplete."""

log = structlog.get_logger()


class SharesSource:
    """The user shares of one host. *clock*, monotonic, is for tests."""

    name = "shares"

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = context.host
        self._clock = clock
        self._changed = asyncio.Event()

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish the shares until cancelled."""
        await together(
            shares_watch=self._watch,
            shares_state=lambda: self._follow(publish, report),
        )

    async def _watch(self) -> NoReturn:
        try:
            await watch_folder(self._host.state, self._changed.set, is_of_interest=is_ours)
        except OSError as error:
            # Without a watch, the look at each heartbeat has to do.
            log.warning("state files not watched", folder=str(self._host.state), error=str(error))
        await asyncio.Future[NoReturn]()

    async def _follow(self, publish: Publish, report: Report) -> NoReturn:
        shown: SharesStatus | None = None
        heartbeat_at = self._clock()
        bad_at: float | None = None
        while True:
            newest, damage = await asyncio.to_thread(read_status, self._host)
            now = self._clock()
            # Not since the last good reading, which may be as old as a heartbeat.
            bad_at = now if bad_at is None else bad_at
            is_lost = now - bad_at >= LOST_SECONDS
            if newest is not None:
                bad_at = None
                report("ok", counted(len(newest.shares), "share"))
            elif is_lost and damage:
                # Not the same as no shares: the last message goes stale.
                report("failed", damage)
            elif is_lost:
                # The normal state while the array is stopped.
                newest = SharesStatus(())
                report("unavailable", f"no shares in {self._host.state / SHARES}")
            if newest is None:
                wait = DAMAGED_SECONDS if is_lost else RETRY_SECONDS
                await settled(self._changed, seconds=wait, settle=SETTLE_SECONDS)
                continue
            if shown is None or now >= heartbeat_at or without_free(newest) != without_free(shown):
                publish(newest)
                shown, heartbeat_at = newest, tick_after(now, HEARTBEAT_SECONDS)
            await settled(self._changed, seconds=heartbeat_at - now, settle=SETTLE_SECONDS)


def without_free(status: SharesStatus) -> SharesStatus:
    """Return *status* without free space, whose changes wait for the heartbeat."""
    return replace(status, shares=tuple(replace(share, free_bytes=None) for share in status.shares))


def read_status(host: Host) -> tuple[SharesStatus | None, str]:
    """Return the shares, None if files are empty, missing or incomplete, and the damage
    of a file. Blocks.
    """
    before = read_stamps(host)
    try:
        texts = read_texts(host)
    except Unreadable as error:
        return None, str(error)
    if not texts.shares or read_stamps(host) != before:
        return None, ""
    return status_from(texts), ""
