"""Alerts through Unraid's own notify script, one at a time.

Facts: emhttp/plugins/dynamix/scripts/notify of unraid/webgui. Its file name has event
and second, and the script drops a second notification of the same name; so calls are
more than a second apart. It sends mail and runs agents before it ends, so it gets a
minute. It starts PHP, so it is called rarely.
"""

import asyncio
import os
import signal
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn, Protocol

import structlog

from uma.aio.deadline import within
from uma.aio.readable import until_readable
from uma.feeds.docker.alerts.judge import Alert, Judge
from uma.feeds.docker.containers.parse import Record
from uma.feeds.feed import Publish, Report
from uma.feeds.files import read_optional
from uma.feeds.ini import parse as parse_ini
from uma.fence.client import Steward
from uma.fence.tasks import NOTIFY
from uma.host import Host

EVENT: Final = "UMA container"
GAP_SECONDS: Final = 1.1
"""Seconds between two calls, so that no two fall into the same second."""

TICK_SECONDS: Final = 1.0
MAX_CALL_SECONDS: Final = 60.0

log = structlog.get_logger()


class Watched(Protocol):
    """The containers source, as far as alerts need it."""

    judge: Judge | None

    @property
    def records(self) -> Mapping[str, Record]:
        """The containers that exist, by id."""
        ...


class AlertsSource:
    """Caller of the notify script when *containers* fail by themselves.

    *clock* is monotonic seconds; *sleep* waits as asyncio.sleep does.
    """

    name = "container_alerts"

    def __init__(
        self,
        host: Host,
        containers: Watched,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._host = host
        self._containers = containers
        self._sleep = sleep
        self._changed = asyncio.Event()
        # Kept over a reload, so that nothing is reported twice.
        self._judge = Judge(clock, changed=self._changed.set)

    async def run(self, publish: Publish, report: Report) -> NoReturn:
        """Call the script until cancelled. Publishes nothing."""
        del publish
        script = self._host.notify_script
        if not await asyncio.to_thread(os.access, script, os.X_OK):
            report("unavailable", f"no notify script at {script}")
            await asyncio.Future[NoReturn]()
        self._containers.judge = self._judge
        self._judge.meet_docker(self._containers.records.values(), age_seconds=float("inf"))
        report("ok", f"alerts by {script}")
        try:
            while True:
                await self._look(script)
        finally:
            self._containers.judge = None

    async def _look(self, script: Path) -> None:
        if not self._judge.is_waiting:
            self._changed.clear()
            await self._changed.wait()
        await self._sleep(TICK_SECONDS)
        is_stopping = await asyncio.to_thread(read_array_stopping, self._host)
        for alert in self._judge.due(self._containers.records, is_array_stopping=is_stopping):
            await notify(script, alert, self._host.steward)
            await self._sleep(GAP_SECONDS)


def read_array_stopping(host: Host) -> bool:
    """Return whether the array is stopped or stopping. Blocks."""
    return parse_ini(read_optional(host.state / "var.ini")).get("", {}).get("fsState", "") in {"Stopping", "Stopped"}


def arguments_of(alert: Alert) -> list[str]:
    """Return the script's arguments for *alert*."""
    code = "" if alert.exit_code is None else f" with exit code {alert.exit_code}"
    subject, description, importance = {
        "died": ("died", f"It ended by itself{code}.", "warning"),
        "memory": (
            "was killed for memory",
            f"It ran out of memory and ended{code}." if alert.has_died else "One of its processes ran out of memory.",
            "warning",
        ),
        "looping": ("keeps dying", f"It ends by itself{code}, again and again.", "alert"),
        "unhealthy": ("is unhealthy", "Its health check has failed for a minute.", "warning"),
        "back": ("is back", "It has run for two minutes without a failure.", "normal"),
    }[alert.kind]
    name = "".join(c if c.isprintable() else "?" for c in alert.name)
    return ["-e", EVENT, "-s", f"Container {name} {subject}", "-d", description, "-i", importance, "-l", "/Docker"]


async def notify(script: Path, alert: Alert, steward: Steward | None = None) -> None:
    """Run the script for *alert*, without a shell; log a failure.

    If the daemon has a *steward*, the steward runs the script.
    """
    run = _run_here(script, alert) if steward is None else _run_by(steward, alert)
    try:
        async with within(MAX_CALL_SECONDS):
            code = await run
    except TimeoutError:
        log.warning("alert timed out", container=alert.name, kind=alert.kind, seconds=MAX_CALL_SECONDS)
    except OSError as error:
        log.warning("alert failed", container=alert.name, kind=alert.kind, reason=error.strerror or str(error))
    else:
        if code:
            log.warning("alert failed", container=alert.name, kind=alert.kind, reason=f"the script ended with {code}")
        else:
            log.info("alert sent", container=alert.name, kind=alert.kind)


async def _run_here(script: Path, alert: Alert) -> int:
    process = await asyncio.create_subprocess_exec(
        script, *arguments_of(alert), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            # The script's agents too.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _run_by(steward: Steward, alert: Alert) -> int:
    started = await asyncio.to_thread(steward.start, NOTIFY, arguments_of(alert))
    try:
        await until_readable(started.fileno())
        return started.wait(0)
    finally:
        started.close()
