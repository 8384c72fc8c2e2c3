"""Command ``uma watch``: read messages, print lines and run commands until
interrupted.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

import msgspec

from uma.watch.client import Line, follow
from uma.watch.conditions import Condition, matches
from uma.watch.hook import Hook
from uma.watch.lines import line_of, printable

STOPPED, REFUSED = 0, 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Options: filters, format, command with its timeout in seconds, kinds of event."""

    conditions: Sequence[Condition] = ()
    as_json: bool = False
    command: Sequence[str] = ()
    timeout: float = 30.0
    events: frozenset[str] = frozenset()


async def watch(line: Line, wanted: Wanted, *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Follow *line* until SIGINT or SIGTERM; return the exit code.

    Raises BrokenPipeError if the reader of *out* has closed it.
    """
    viewer = _Viewer(wanted, out or sys.stdout, err or sys.stderr)
    loop, refusals = asyncio.get_running_loop(), list[str]()
    is_read = True
    try:
        async with asyncio.TaskGroup() as tasks:

            async def follow_to_the_end() -> None:
                refusals.append(await follow(line, viewer.take, viewer.say))
                end()

            running = [tasks.create_task(follow_to_the_end(), name="follow")]
            if viewer.hook is not None:
                running.append(tasks.create_task(viewer.hook.work(), name="hook"))

            def end() -> None:
                for task in running:
                    task.cancel()

            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, end)
    except* NobodyReads:
        # Python 3.11.2 would wrap an error raised inside ``except*`` in a group.
        is_read = False
    if not is_read:
        raise BrokenPipeError
    for refusal in refusals:
        viewer.say(refusal)
    return REFUSED if refusals else STOPPED


class NobodyReads(Exception):
    """Error raised when the reader of the output has closed it.

    It is not an OSError, which would look like a connection error.
    """


class _Viewer:
    """Printer of the matching messages, which also passes them to the hook."""

    def __init__(self, wanted: Wanted, out: TextIO, err: TextIO) -> None:
        self._wanted = wanted
        self._out = out
        self._err = err
        self._doubted: set[str] = set()
        self.hook = Hook(wanted.command, timeout=wanted.timeout, say=self.say) if wanted.command else None

    def take(self, raw: str) -> None:
        try:
            message = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError) as error:
            self.say(f"a message is not valid JSON: {error}")
            return
        if not isinstance(message, dict):
            return
        self._doubt(message)
        if not matches(message, self._wanted.conditions):
            return
        # Escaped to ASCII, JSON stays valid and can't move the cursor.
        self._write(self._out, json.dumps(message) if self._wanted.as_json else line_of(message, raw))
        if self.hook is not None:
            self.hook.give(raw.encode(), is_event=message.get("type") in self._wanted.events)

    def _doubt(self, message: dict[str, Any]) -> None:
        """Report once each filter whose path seems misspelled for *message*."""
        for condition in self._wanted.conditions:
            found = condition.misspelling(message)
            if found is None or found[0] in self._doubted:
                continue
            field, meant = found
            self._doubted.add(field)
            hint = f"did you mean {meant}?" if meant else "is the filter spelled right?"
            self.say(f"messages of {message.get('type')} have no {field}; {hint}")

    def say(self, text: str) -> None:
        """Write *text* to standard error."""
        self._write(self._err, f"uma: {printable(text)}")

    @staticmethod
    def _write(file: TextIO, text: str) -> None:
        try:
            file.write(text + "\n")
            file.flush()
        except BrokenPipeError:
            raise NobodyReads from None
