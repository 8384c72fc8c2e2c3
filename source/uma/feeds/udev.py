"""Nudges by udev: a disk or a partition came, went or changed, look again.

Only this file imports pyudev. Nothing but the nudge is taken from an event: what a
drive is, emhttpd says, and its devs.ini is a second or three behind the kernel. Where
no udevd runs (a container) the kernel's own events serve as well, since nobody opens
the device.
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
"""Pauses after which an event nudges again, 1 s and 3 s after it."""

EVENTS_AT_ONCE = 256
"""The rest is read in the event loop's next iteration,
so a storm of events starves no other task.
"""

LIBRARY = "libudev.so.1"

CONTROL = Path("/run/udev/control")
"""udevd's socket: without it udevd is not running,
and libudev would wait for its events in vain.
"""


class Monitor(Protocol):
    """Subset of pyudev.Monitor in use. ``poll(0)`` returns the next event or
    None; it raises OSError.
    """

    def fileno(self) -> int:
        """Readable when there are events."""
        ...

    def poll(self, timeout: float) -> object | None:
        """Take the next event."""
        ...


class UdevSource:
    """Calls *nudged* at once after block device events, and again a little later.
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
        SourceFailed if they break.
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
                    if monitor.poll(0) is None:
                        break
            except OSError as error:
                # ENOBUFS: the socket held no more, so some events are lost. A nudge
                # makes up for any number of them.
                if error.errno != errno.ENOBUFS:
                    failure = error
                    # It would stay readable, and the loop would do nothing else.
                    loop.remove_reader(descriptor)
            events.set()

        loop.add_reader(descriptor, drain)
        try:
            report("ok", f"listening to {sender}")
            # What happened while nobody listened.
            self._nudged()
            while await events.wait():
                if failure is not None:
                    raise SourceFailed(f"{sender}'s events can't be read: {failure.strerror}") from failure
                await self._echo(events)
        finally:
            loop.remove_reader(descriptor)

    async def _echo(self, events: asyncio.Event) -> None:
        """Nudge now and after each pause, from the start again when
        there is another event.
        """
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
        # It keeps the function it finds now, for when it is used.
        import pyudev  # noqa: PLC0415 - loads a library that the host may not have
    sender = "udev" if CONTROL.exists() else "kernel"
    try:
        monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source=sender)
        monitor.filter_by("block")
        monitor.start()
    except OSError as error:
        raise SourceUnavailable(f"no udev events: {error}") from error
    return monitor, sender
