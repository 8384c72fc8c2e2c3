"""Nudges by udev after a disk or a partition came, went or changed.

Only this file imports pyudev. An event is only a nudge: emhttpd describes the drive,
and its devs.ini is one to three seconds behind the kernel. Without udevd, as in a
container, the kernel's own events do, since no code opens the device.
"""

import asyncio
import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from uma.aio.deadline import within
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.feed import Publish, Report
from uma.feeds.libraries import known_libraries

ECHO_SECONDS = (1.0, 2.0)
"""Seconds after an event at which it nudges again."""

EVENTS_AT_ONCE = 256
"""Events read at once; the rest waits for the event loop's next iteration, so a storm
of events starves no other task.
"""

LIBRARY = "libudev.so.1"

CONTROL = Path("/run/udev/control")
"""udevd's socket. If it is missing, udevd is not running, and libudev would wait for
its events in vain.
"""


class Monitor(Protocol):
    """The part of pyudev.Monitor that is used. ``poll(0)`` returns the next event or
    None; it raises OSError.
    """

    def fileno(self) -> int:
        """Return the descriptor, readable when there are events."""
        ...

    def poll(self, timeout: float) -> object | None:
        """Return the next event."""
        ...


class UdevSource:
    """Caller of *nudged* after block device events, at once and again a little later.
    It publishes nothing.
    """

    name = "udev"

    def __init__(
        self,
        nudged: Callable[[], None],
        *,
        open_monitor: Callable[[], tuple[Monitor, str]] | None = None,
        echo_seconds: Sequence[float] = ECHO_SECONDS,
    ) -> None:
        self._nudged = nudged
        self._open_monitor = open_monitor or open_block_monitor
        self._echo_seconds = echo_seconds

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - a source that only nudges
        """Listen until cancelled. Raises SourceUnavailable without libudev or netlink,
        SourceFailed if they fail later.
        """
        monitor, sender = self._open_monitor()
        loop = asyncio.get_running_loop()
        events = asyncio.Event()
        descriptor = monitor.fileno()
        failure: OSError | None = None

        def drain() -> None:
            nonlocal failure
            try:
                for _ in range(EVENTS_AT_ONCE):
                    if monitor.poll(0) is None:  # noqa: F821 - it outlasts its reader
                        break
            except OSError as error:
                # ENOBUFS: the socket was full, so some events are lost. One nudge makes
                # up for any number of them.
                if error.errno != errno.ENOBUFS:
                    failure = error
                    # A broken socket stays readable and would keep the loop busy.
                    loop.remove_reader(descriptor)
            events.set()

        loop.add_reader(descriptor, drain)
        try:
            report("ok", f"listening to {sender}")
            # Events may have been missed before the monitor was open.
            self._nudged()
            while await events.wait():
                if failure is not None:
                    raise SourceFailed(f"{sender}'s events can't be read: {failure.strerror}") from failure
                await self._echo(events)
        finally:
            loop.remove_reader(descriptor)
            # Its socket closes with the last reference. The task's exception refers to
            # this frame, and a reload must not leave a socket that fills with events.
            del monitor

    async def _echo(self, events: asyncio.Event) -> None:
        """Nudge now and after each pause; another event starts over."""
        events.clear()
        self._nudged()
        for seconds in self._echo_seconds:
            try:
                async with within(seconds):
                    await events.wait()
                return
            except TimeoutError:
                self._nudged()


def open_block_monitor() -> tuple[Monitor, str]:
    """Open a monitor of block devices; return it and the sender of its events.
    Raises SourceUnavailable.
    """
    with known_libraries({"udev": LIBRARY}):
        # The monitor keeps the function that it finds now.
        import pyudev  # noqa: PLC0415 - loads a library that the host may not have
    sender = "udev" if CONTROL.exists() else "kernel"
    try:
        monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source=sender)
        monitor.filter_by("block")
        monitor.start()
    except OSError as error:
        raise SourceUnavailable(f"no udev events: {error}") from error
    return monitor, sender
