"""The drives' SMART state: from Unraid's texts, or by querying spinning drives.

Facts: ``/var/local/emhttp/smart/NAME`` is what smartctl printed when emhttpd last
polled the drive in slot NAME. It polls drives that are spun up, or none if the user has
switched polling off.
"""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

import structlog

from uma.aio.deadline import within
from uma.aio.ticks import tick_after
from uma.counted import counted
from uma.errors import SourceUnavailable, Unreadable
from uma.feeds.feed import Publish, Report
from uma.feeds.smart.drives import DriveToQuery
from uma.feeds.smart.model import SmartReading
from uma.feeds.smart.smartctl import ANSWER_SECONDS, SmartctlProcess
from uma.feeds.smart.texts import SmartTexts
from uma.feeds.watch import watch_folder
from uma.fence.tasks import SYSTEM_PATH
from uma.host import Host

LOOK_SECONDS = 30.0
"""Seconds between looks at the files without a nudge; each change causes a nudge."""

REST_SECONDS = 30 * 60.0
"""Minimum seconds between two queries of a drive; some restart their standby timer with
each query.
"""

DriveKey = tuple[str, str, str]
"""Kernel name, id and controller type. It follows a drive to another slot, and a
drive's replacement has a different one.

A drive with a changed controller type is queried at once.
"""

log = structlog.get_logger()


class SmartSource:
    """Keeper of ``readings``, by slot name, which calls *changed* after a change. It
    publishes nothing itself.

    *mode* ``cached`` reads Unraid's texts; ``query`` queries the spun-up drives that
    *drives* returns, one after the other. *drives* is called in a thread and may read
    files and raise Unreadable.
    """

    name = "smart"

    def __init__(
        self,
        *,
        host: Host,
        mode: Literal["cached", "query"],
        changed: Callable[[], None],
        drives: Callable[[], Sequence[DriveToQuery]] = tuple,
        smartctl: str = "smartctl",
        look_seconds: float = LOOK_SECONDS,
        rest_seconds: float = REST_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.mode = mode
        self.readings: Mapping[str, SmartReading] = MappingProxyType({})
        self._folder = host.smart_texts
        self._steward = host.steward
        self._changed = changed
        self._read_drives = drives
        self._smartctl = smartctl
        self._look_seconds = look_seconds
        self._rest_seconds = rest_seconds
        self._answer_seconds = answer_seconds
        self._clock = clock
        self._monotonic = monotonic
        self._nudged = asyncio.Event()
        self._texts = SmartTexts(self._folder, clock=clock)
        self._asked_at: dict[DriveKey, float] = {}
        self._answers: dict[DriveKey, SmartReading] = {}
        self._silent: dict[DriveKey, str] = {}
        self._seated: dict[str, str] = {}
        self._forgotten: dict[str, float] = {}

    def seat(self, drives: Mapping[str, str]) -> None:
        """Forget the reading of each slot that has another drive now.

        *drives* are ids by slot name. A text does not name its drive. So readings of
        before the change no longer count; a text written since does.
        """
        for slot, drive in drives.items():
            if self._seated.get(slot, drive) != drive and slot in self.readings:
                self._forgotten[slot] = self.readings[slot].at
                self._texts.forget(slot)
        self._seated.update(drives)
        self.readings = MappingProxyType(self._believable(self.readings))
        # There may be a drive to query.
        self._nudged.set()

    def nudge(self) -> None:
        """Look now: a drive came, went or spun up, or a text changed."""
        self._nudged.set()

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - a source that only nudges
        """Keep ``readings`` current until cancelled. Raises SourceUnavailable if drives
        can't be queried.
        """
        if self.mode == "query":
            await self._query(report)
        else:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch(), name="smart watch")
                tasks.create_task(self._read(report), name="smart read")

    async def _watch(self) -> None:
        try:
            await watch_folder(self._folder, self.nudge)
        except OSError as error:
            log.warning("smart folder not watched", error=str(error), look_seconds=self._look_seconds)

    async def _read(self, report: Report) -> None:
        while True:
            try:
                is_there = await asyncio.to_thread(self._texts.look)
            except OSError as error:
                report("failed", f"Unraid's SMART texts can't be listed: {error.strerror}")
            else:
                self._take(self._texts.readings)
                if is_there:
                    report("ok", f"{counted(len(self.readings), 'drive')} read from Unraid's own polling")
                else:
                    report("unavailable", "no SMART data: Unraid has polled no drive yet")
            await self._wait()

    async def _query(self, report: Report) -> None:
        import shutil  # noqa: PLC0415 - nothing else of a daemon needs it

        program = shutil.which(self._smartctl, path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_PATH}")
        if program is None:
            raise SourceUnavailable("smartctl is not installed")
        while True:
            # Before every query: a drive may have spun down or gone during the last
            # one.
            try:
                drives = await asyncio.to_thread(self._read_drives)
            except Unreadable as error:
                raise SourceUnavailable(str(error)) from error
            self._forget_others(drives)
            self._take({drive.name: self._answers[key] for drive in drives if (key := _key(drive)) in self._answers})
            self._report_answers(report, drives)
            due = next((drive for drive in drives if self._is_due(drive)), None)
            if due is None:
                await self._wait()
            else:
                await self._ask(due, program)

    async def _ask(self, drive: DriveToQuery, program: str) -> None:
        key = _key(drive)
        self._asked_at[key] = self._monotonic()
        process = SmartctlProcess(
            program, seconds=self._answer_seconds, monotonic=self._monotonic, steward=self._steward
        )
        try:
            reading = await asyncio.to_thread(_ask_drive, drive, process, self._clock())
        except OSError as error:
            log.warning("drive did not answer", drive=drive.name, error=str(error))
            self._silent[key] = str(error)
            return
        finally:
            # When cancelled, the thread would still wait for smartctl, and the daemon
            # for the thread.
            process.kill()
        self._silent.pop(key, None)
        if reading is not None:
            self._answers[key] = reading

    def _is_due(self, drive: DriveToQuery) -> bool:
        asked_at = self._asked_at.get(_key(drive))
        return drive.is_spun_up and (asked_at is None or self._monotonic() - asked_at >= self._rest_seconds)

    def _forget_others(self, drives: Sequence[DriveToQuery]) -> None:
        """Forget drives that are gone: when they come back, they are queried again."""
        for key in self._asked_at.keys() - {_key(drive) for drive in drives}:
            for known in (self._asked_at, self._answers, self._silent):
                known.pop(key, None)

    def _report_answers(self, report: Report, drives: Sequence[DriveToQuery]) -> None:
        silent = [f"{drive.name}: {self._silent[key]}" for drive in drives if (key := _key(drive)) in self._silent]
        if silent:
            report("failed", "; ".join(silent))
        else:
            report("ok", f"smartctl has answered for {len(self.readings)} of {counted(len(drives), 'drive')}")

    def _take(self, readings: Mapping[str, SmartReading]) -> None:
        """Put *readings* in force; call *changed* if more than their age is new."""
        readings = self._believable(readings)
        is_new = _ageless(readings) != _ageless(self.readings)
        self.readings = MappingProxyType(dict(readings))
        if is_new:
            self._changed()

    def _believable(self, readings: Mapping[str, SmartReading]) -> dict[str, SmartReading]:
        """Return *readings* without those of drives that have left their slots."""
        for slot, at in tuple(self._forgotten.items()):
            if slot in readings and readings[slot].at != at:
                del self._forgotten[slot]
        return {slot: reading for slot, reading in readings.items() if slot not in self._forgotten}

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            now = asyncio.get_running_loop().time()
            async with within(tick_after(now, self._look_seconds) - now):
                await self._nudged.wait()
        self._nudged.clear()


def _ask_drive(drive: DriveToQuery, process: SmartctlProcess, at: float) -> SmartReading | None:
    from uma.feeds.smart.reading import ask_drive  # noqa: PLC0415 - loads pySMART, once there is a drive to ask

    return ask_drive(drive.device, drive.transport, process.answer, at=at, controller=drive.controller)


def _key(drive: DriveToQuery) -> DriveKey:
    return drive.device, drive.id, drive.controller


def _ageless(readings: Mapping[str, SmartReading]) -> dict[str, SmartReading]:
    return {name: replace(reading, at=0.0) for name, reading in readings.items()}
