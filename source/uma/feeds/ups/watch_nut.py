"""Watcher of NUT, which keeps the newest state of each UPS at hand.

upsd sends nothing unasked. So each status word is requested about once a second, and
all variables when a word changes and every 10 s.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from uma.feeds.moments import moment
from uma.feeds.ups.installed import Nut, nut_files, read_nut
from uma.feeds.ups.model import Ups
from uma.feeds.ups.parse_nut import LOST, STATUS, lost_ups, status_of, ups_from_variables
from uma.feeds.ups.peer import NoAnswer
from uma.feeds.ups.upsd import Refused, Upsd, connected_upsd
from uma.feeds.ups.watching import CLOCKS, MAX_UPSES, TIMING, Clocks, Failures, Timing, Wake, Watched
from uma.host import Host

ON_BATTERY = frozenset({"on_battery", "low_battery"})
ON_MAINS = frozenset({"online", "overload", "replace_battery"})
NOT_A_FAULT_OF_LIST = LOST | {"UNKNOWN-UPS", "ACCESS-DENIED"}


class NutWatcher:
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
        self._installed = Nut("absent")
        self._variables: dict[str, Mapping[str, str]] = {}
        self._words: dict[str, str] = {}
        self._since: dict[str, str | None] = {}
        self._one_by_one: set[str] = set()
        self._failures = Failures(timing)

    def nudges(self) -> Mapping[Path, Callable[[], None]]:
        """Return the functions to call when a file changes, by file."""
        return dict.fromkeys(nut_files(self._host), self._wake.look)

    def miss(self) -> None:
        """Note that changes of files can't be noticed, and look now."""
        self._wake.look()

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        self._wake.must_look = True
        while True:
            await self._look()
            self._changed()
            if self.state.service == "running":
                try:
                    async with connected_upsd(self._installed.host, self._installed.port) as daemon:
                        await self._follow(daemon)
                except NoAnswer as error:
                    self._fail(str(error))
                    self._changed()
                    await self._wake.pause(self._failures.pause(self._clocks.monotonic()))
            else:
                await self._wake.pause(None)
                await asyncio.sleep(self._timing.settle)

    async def _look(self) -> None:
        self._wake.must_look = False
        self._installed = await asyncio.to_thread(read_nut, self._host)
        if self._installed.service == "running":
            self.state.service, self.state.place = "running", f"upsd at {self._installed.host}:{self._installed.port}"
        else:
            self.state.not_running(self._installed.service)
            self._forget()

    async def _follow(self, daemon: Upsd) -> None:
        """Poll until the installation has to be looked at again. Raises NoAnswer."""
        while not self._wake.must_look:
            names = self._own_first(await daemon.names())
            self.state.upses = tuple([await self._read(daemon, name) for name in names])
            self.state.is_answered, self.state.trouble = True, None
            self._failures.count = 0
            self._changed()
            due = self._clocks.monotonic() + self._timing.poll
            while self._clocks.monotonic() < due and not self._wake.must_look:
                await self._wake.pause(self._timing.status)
                if [await _status_word(daemon, name) for name in names] != [self._words.get(name) for name in names]:
                    break

    async def _read(self, daemon: Upsd, name: str) -> Ups:
        """Read the UPS *name* from upsd. Raises NoAnswer."""
        overrides = self._installed.overrides
        try:
            variables = await self._ask_all(daemon, name)
        except Refused as refusal:
            if refusal.code not in LOST:
                raise
            self._words[name] = refusal.code
            self._since.pop(name, None)
            return lost_ups(name, "communication_lost", self._variables.get(name, {}), overrides, flags=(refusal.code,))
        read_at = moment(self._clocks.unix()) or ""
        before = status_of(self._words.get(name, "").split())
        self._variables[name] = variables
        self._words[name] = variables.get(STATUS, "")
        if status_of(self._words[name].split()) not in ON_BATTERY:
            self._since.pop(name, None)
        elif before in ON_MAINS:
            self._since[name] = read_at
        return ups_from_variables(name, variables, overrides, read_at=read_at, on_battery_since=self._since.get(name))

    async def _ask_all(self, daemon: Upsd, name: str) -> Mapping[str, str]:
        """Return the variables of *name*; one by one if a list of them has failed
        before.
        """
        if name in self._one_by_one:
            return await daemon.used_variables(name)
        try:
            return await daemon.variables(name)
        except NoAnswer as error:
            if not isinstance(error, Refused) or error.code not in NOT_A_FAULT_OF_LIST:
                # Remembered for the next connection: this one may be out of step.
                self._one_by_one.add(name)
            raise

    def _own_first(self, names: Sequence[str]) -> Sequence[str]:
        own = self._installed.name
        return sorted(names, key=lambda name: name != own)[:MAX_UPSES]

    def _fail(self, trouble: str) -> None:
        """Count a failure; after the grace period no value is known."""
        if self._failures.add(self._clocks.monotonic()):
            names = self._own_first(tuple(self._variables)) or (self._installed.name,)
            self.state.upses = tuple(
                lost_ups(name, "unavailable", self._variables.get(name, {}), self._installed.overrides)
                for name in names
            )
            self.state.is_answered, self.state.trouble = True, trouble
            self._words, self._since = {}, {}
            # The list may work with another upsd.
            self._one_by_one = set()

    def _forget(self) -> None:
        self._variables, self._words, self._since, self._one_by_one = {}, {}, {}, set()
        self._failures.count = 0


async def _status_word(daemon: Upsd, name: str) -> str:
    """Return ``ups.status``, or upsd's word for its absence."""
    try:
        return await daemon.variable(name, STATUS)
    except Refused as refusal:
        return refusal.code
