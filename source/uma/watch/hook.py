"""The command that runs for each message, one at a time, with the message as JSON on
its standard input.

It runs without a shell, and no part of a message becomes an argument.
"""

import asyncio
import os
import shlex
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from uma.aio.deadline import within

MOST_PENDING: Final = 256
"""Events that wait for the command. Of states only the newest waits."""

GRACE: Final = 2.0
"""Seconds between SIGTERM and SIGKILL."""


def parse_command(text: str) -> tuple[str, ...]:
    """Split a command into words. Raises ValueError if a quote is open, or the
    program is missing or not executable.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is not a valid command: {error}") from None
    if not words:
        raise ValueError("the command is empty")
    if shutil.which(words[0]) is None:
        if "/" in words[0] and Path(words[0]).is_file():
            # No file on Unraid's flash drive is executable.
            raise ValueError(f"{words[0]} is not executable; use --exec 'bash {words[0]}', or chmod +x")
        raise ValueError(f"program {words[0]} not found")
    return words


class Hook:
    """Runner of *command* for each message, for *timeout* seconds at most. *say* is
    called with each error.
    """

    def __init__(self, command: Sequence[str], *, timeout: float, say: Callable[[str], None]) -> None:
        self._command = command
        self._timeout = timeout
        self._say = say
        self._pending: deque[bytes] = deque()
        self._given = asyncio.Event()

    def give(self, message: bytes, *, is_event: bool) -> None:
        """Run the command for *message* after those before it. A state replaces a
        waiting one.
        """
        if not is_event:
            self._pending.clear()
        elif len(self._pending) >= MOST_PENDING:
            self._pending.popleft()
            self._say(f"{self._command[0]} is too slow: one message passed over")
        self._pending.append(message)
        self._given.set()

    async def work(self) -> None:
        """Run the command for each waiting message until cancelled, which also ends the
        command.
        """
        while True:
            await self._given.wait()
            self._given.clear()
            while self._pending:
                await self._run(self._pending.popleft())

    async def _run(self, message: bytes) -> None:
        name = self._command[0]
        try:
            # Its own session, so that all its processes can be ended together.
            process = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, start_new_session=True)
        except OSError as error:
            self._say(f"{name} could not be started: {error.strerror}")
            return
        try:
            async with within(self._timeout):
                await process.communicate(message + b"\n")
        except TimeoutError:
            self._say(f"{name} took longer than {self._timeout:g} s and was ended")
        else:
            if process.returncode:
                self._say(f"{name} ended with {process.returncode}")
            return
        finally:
            await _end(process)


async def _end(process: Process) -> None:
    """Kill *process* and its children if they still run."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        with suppress(TimeoutError):
            async with within(GRACE):
                await process.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
