"""Watcher of apcupsd, which keeps its newest state at hand.

apcupsd writes a line into its events file 20 ms after the mains fail, and its NIS
reports it within 100 ms (tried with apcupsd 3.14.14). So the file is watched, and each
line triggers a request.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from uma.aio.ticks import tick_after
from uma.feeds.ups import nis
from uma.feeds.ups.freshness import Freshness
from uma.feeds.ups.installed import Apcupsd, apcupsd_files, read_apcupsd
from uma.feeds.ups.parse_apcupsd import freshness_of, parse_records, ups_from_fields
from uma.feeds.ups.peer import NoAnswer
from uma.feeds.ups.watching import CLOCKS, TIMING, Clocks, Failures, Timing, Wake, Watched
from uma.host import Host

ON_BATTERY = frozenset({"on_battery", "low_battery", "shutting_down"})


class ApcupsdWatcher:
    """Keeper of ``state``, which calls *changed* after each answer."""

    def __init__(
        self, host: Host, changed: Callable[[], None], *, clocks: Clocks = CLOCKS, timing: Timing = TIMING
    ) -> None:
        self.state = Watched()
        self._host = host
        self._changed = changed
        self._clocks = clocks
        self._timing = timing
        self._wake = Wake()
        self._installed = Apcupsd("absent")
        self._freshness = Freshness(clock=clocks.monotonic, now=clocks.unix)
        self._fields: dict[str, str] = {}
        self._echoes_left: tuple[float, ...] = ()
        self._is_pushed = False
        self._failures = Failures(timing)

    def nudges(self, events_file: Path) -> Mapping[Path, Callable[[], None]]:
        """Return the functions to call when a file changes, by file."""
        return {events_file: self._hear} | dict.fromkeys(apcupsd_files(self._host), self._wake.look)

    def miss(self) -> None:
        """Note that changes of files can't be noticed: ask more often, and look now."""
        self._is_pushed = False
        self._wake.look()

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        self._wake.must_look = True
        while True:
            if self._wake.must_look:
                await self._look()
            if self.state.service == "running":
                await self._ask()
            self._changed()
            await self._wake.pause(self._seconds_to_next())
            if self._wake.must_look:
                await asyncio.sleep(self._timing.settle)

    def _hear(self) -> None:
        self._is_pushed, self._echoes_left = True, self._timing.echoes
        self._wake.up()

    async def _look(self) -> None:
        self._wake.must_look = False
        self._installed = await asyncio.to_thread(read_apcupsd, self._host)
        if self._installed.service == "running":
            self.state.service = "running"
            self.state.place = f"apcupsd at {self._installed.host}:{self._installed.port}"
        else:
            self.state.not_running(self._installed.service)
            self._fields, self._failures.count = {}, 0

    async def _ask(self) -> None:
        installed = self._installed
        try:
            fields = parse_records(await nis.read_status(installed.host, installed.port))
            if "STATUS" not in fields:
                raise NoAnswer("the answer has no STATUS")
        except NoAnswer as error:
            self._fail(str(error))
            return
        self._fields, self._failures.count = dict(fields), 0
        is_fresh = self._freshness.holds(freshness_of(fields), installed.poll_seconds)
        self.state.upses = (ups_from_fields(fields, installed.overrides, is_fresh=is_fresh),)
        self.state.is_answered, self.state.trouble = True, None

    def _fail(self, trouble: str) -> None:
        """Count a failure; after the grace period no value is known."""
        # It may have been stopped or killed.
        self._wake.must_look = True
        if self._failures.add(self._clocks.monotonic()):
            lost = ups_from_fields(self._fields, self._installed.overrides, is_fresh=False)
            self.state.upses = (replace(lost, status="unavailable", flags=()),)
            self.state.is_answered, self.state.trouble = True, trouble

    def _seconds_to_next(self) -> float | None:
        timing = self._timing
        if self.state.service != "running":
            return None
        if self._failures.count:
            return self._failures.pause(self._clocks.monotonic())
        if self._echoes_left:
            seconds, *rest = self._echoes_left
            self._echoes_left = tuple(rest)
            return seconds
        if not self._is_pushed:
            return timing.poll_unpushed
        if self.state.upses[0].status in ON_BATTERY:
            return timing.poll_on_battery
        now = asyncio.get_running_loop().time()
        return tick_after(now, timing.poll) - now
