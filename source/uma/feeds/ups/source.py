"""Publishes the UPSes that apcupsd and NUT watch."""

import asyncio
import time
from dataclasses import replace
from typing import NoReturn

import structlog

from uma.aio.deadline import within
from uma.aio.task_groups import together
from uma.aio.ticks import tick_after
from uma.feeds.feed import Context, Publish, Report
from uma.feeds.recording import play, read_recording
from uma.feeds.ups.demo import moved
from uma.feeds.ups.installed import read_events_file
from uma.feeds.ups.model import SERVICES, UpsStatus
from uma.feeds.ups.watch_apcupsd import ApcupsdWatcher
from uma.feeds.ups.watch_nut import NutWatcher
from uma.feeds.ups.watching import CLOCKS, TIMING, Clocks, Timing, Watched
from uma.feeds.watch import watch_files

HEARTBEAT_SECONDS = 30.0

ABSENCES = {
    "stopped": "the UPS service is enabled in Unraid, and not running",
    "disabled": "the UPS service is switched off in Unraid",
    "absent": "neither apcupsd nor NUT is installed",
}

log = structlog.get_logger()


class UpsSource:
    """Publishes UpsStatus at once, on change, and every 30 s."""

    name = "ups"

    def __init__(self, context: Context, *, clocks: Clocks = CLOCKS, timing: Timing = TIMING) -> None:
        self._host = context.host
        self._clocks = clocks
        self._timing = timing
        self._changed = asyncio.Event()
        self._apcupsd = ApcupsdWatcher(context.host, self._changed.set, clocks=clocks, timing=timing)
        self._nut = NutWatcher(context.host, self._changed.set, clocks=clocks, timing=timing)

    async def run(self, publish: Publish, report: Report) -> None:
        """Watch until cancelled. Trouble with a daemon is reported, never raised."""
        if (recording := await asyncio.to_thread(read_recording, self._host, "ups", UpsStatus)) is not None:
            await play(recording, moved, publish, report, time.time)
        await together(
            apcupsd=self._apcupsd.run,
            nut=self._nut.run,
            ups_files=self._watch_files,
            ups_publisher=lambda: self._publish(publish, report),
        )

    async def _watch_files(self) -> NoReturn:
        """Nudge the watchers; if the kernel has no watch left, make them look often."""
        # Its path is in apcupsd.conf, which no page of the webGUI changes.
        events_file = await asyncio.to_thread(read_events_file, self._host)
        is_logged = False
        while True:
            try:
                await watch_files({**self._apcupsd.nudges(events_file), **self._nut.nudges()})
            except OSError as error:
                if not is_logged:
                    log.warning("UPS files not watched", error=error.strerror)
                is_logged = True
            self._apcupsd.miss()
            self._nut.miss()
            await asyncio.sleep(self._timing.rewatch)

    async def _publish(self, publish: Publish, report: Report) -> NoReturn:
        published: UpsStatus | None = None
        due = 0.0
        while True:
            watched = (self._apcupsd.state, self._nut.state)
            if all(each.is_known for each in watched):
                _report_to(report, watched)
                status = status_from(watched)
                if _is_news(status, published) or self._clocks.monotonic() >= due:
                    publish(status)
                    published, due = status, tick_after(self._clocks.monotonic(), HEARTBEAT_SECONDS)
            try:
                async with within(max(0.0, due - self._clocks.monotonic()) if published else None):
                    await self._changed.wait()
            except TimeoutError:
                continue
            self._changed.clear()


def status_from(watched: tuple[Watched, ...]) -> UpsStatus:
    """Build the message from both watchers' states."""
    services = {each.service for each in watched}
    service = next(each for each in SERVICES if each in services)
    return UpsStatus(service=service, ups=tuple(ups for each in watched for ups in each.upses))


def _report_to(report: Report, watched: tuple[Watched, ...]) -> None:
    running = [each for each in watched if each.service == "running"]
    if not running:
        report("unavailable", ABSENCES[status_from(watched).service])
    elif troubles := [f"{each.place}: {each.trouble}" for each in running if each.trouble]:
        report("failed", "; ".join(troubles))
    else:
        report("ok", ", ".join(each.place for each in running))


def _is_news(status: UpsStatus, published: UpsStatus | None) -> bool:
    """Return whether more than the time of reading has changed."""
    return published is None or _without_time(status) != _without_time(published)


def _without_time(status: UpsStatus) -> UpsStatus:
    return replace(status, ups=tuple(replace(each, read_at=None) for each in status.ups))
