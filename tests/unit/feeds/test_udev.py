"""Nudges by udev. The monitor is a socket here; real devices come and go in the virtual machine (test_vm.py)."""

import asyncio
import contextlib
import errno
import os
import socket
import subprocess
import sys
import time

import pytest

from uma.errors import SourceFailed
from uma.feeds.udev import UdevSource

DEADLINE = 10.0
NEVER = (3600.0,)
"""Echoes of an event that come after the test."""


class Monitor:
    """pyudev.Monitor's two methods on a socket: a byte is an event, ``E`` the kernel's report of lost ones."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.polled = 0

    def fileno(self):
        return self.ours.fileno()

    def poll(self, timeout):
        assert timeout == 0
        self.polled += 1
        try:
            event = self.ours.recv(1)
        except BlockingIOError:
            return None
        if event in b"EX":
            raise OSError(errno.ENOBUFS if event == b"E" else errno.EIO, "no good")
        return event

    def send(self, events):
        self.theirs.send(events)


class Nudges:
    def __init__(self):
        self.times = []

    def __call__(self):
        self.times.append(time.monotonic())

    async def until(self, count):
        end = time.monotonic() + DEADLINE
        while len(self.times) < count:
            assert time.monotonic() < end, f"{len(self.times)} of {count} nudges"
            await asyncio.sleep(0.01)


@pytest.fixture
def monitor():
    made = Monitor()
    yield made
    made.ours.close()
    made.theirs.close()


@pytest.fixture
def nudges():
    return Nudges()


@contextlib.asynccontextmanager
async def running(source):
    reports = []
    task = asyncio.create_task(source.run(pytest.fail, lambda *report: reports.append(report)))
    try:
        yield reports
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def source_of(monitor, nudges, echo_seconds=NEVER):
    return UdevSource(nudges, open_monitor=lambda: (monitor, "udev"), echo_seconds=echo_seconds)


async def test_listening_starts_with_a_nudge(monitor, nudges):
    """The source reports that it listens, and nudges once for earlier events."""
    async with running(source_of(monitor, nudges)) as reports:
        await nudges.until(1)
        assert reports == [("ok", "listening to udev")]


async def test_the_monitor_is_closed_with_the_run(monitor, nudges):
    """At the end nothing refers to it, not even the frames of the task's exception: a reload leaves no socket."""
    opened = [monitor]
    source = UdevSource(nudges, open_monitor=lambda: (opened.pop(), "udev"))
    there = sys.getrefcount(monitor)
    task = asyncio.ensure_future(source.run(lambda m: None, lambda *r: None))
    await nudges.until(1)
    during = sys.getrefcount(monitor)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as ended:
        await task

    assert ended.traceback
    assert during > sys.getrefcount(monitor) == there - 1


async def test_events_nudge_at_once(monitor, nudges):
    """An event nudges; a burst of events is drained and is one nudge."""
    async with running(source_of(monitor, nudges)):
        await nudges.until(1)
        monitor.send(b"a")
        await nudges.until(2)
        monitor.send(b"abcdefgh")
        await nudges.until(3)
        await asyncio.sleep(0)
        assert monitor.poll(0) is None
        assert len(nudges.times) == 3


async def test_an_event_nudges_again_later(monitor, nudges):
    """Since devs.ini lags behind, an event nudges again after each pause, counted from the last event, then no more."""
    async with running(source_of(monitor, nudges, (0.2, 0.3))):
        await nudges.until(1)
        monitor.send(b"a")
        await nudges.until(2)
        await asyncio.sleep(0.1)
        monitor.send(b"b")
        await nudges.until(5)
        _, first, second, echo, last = nudges.times
        assert second - first >= 0.1
        assert echo - second >= 0.2
        assert last - echo >= 0.3
        await asyncio.sleep(0.4)
        assert len(nudges.times) == 5


async def test_lost_events_nudge_like_others(monitor, nudges):
    """If the kernel dropped events, the source continues: the nudge makes up for all of them."""
    async with running(source_of(monitor, nudges)) as reports:
        await nudges.until(1)
        monitor.send(b"E")
        await nudges.until(2)
        monitor.send(b"a")
        await nudges.until(3)
        assert [status for status, _ in reports] == ["ok"]


async def test_a_storm_starves_no_task(monitor, nudges):
    """Endless events are read in portions, between which the event loop does other work."""
    monitor.poll = lambda timeout: b"again"
    monitor.send(b"a")
    async with running(source_of(monitor, nudges)):
        for _ in range(3):
            await asyncio.sleep(0)
        await nudges.until(3)


async def test_a_broken_monitor_is_a_failure(monitor, nudges):
    """Any other error fails the source, with the error's text, and leaves no reader behind."""
    monitor.send(b"X")
    with pytest.raises(SourceFailed, match="udev's events can't be read: no good"):
        await source_of(monitor, nudges).run(pytest.fail, lambda *report: None)
    assert not asyncio.get_running_loop().remove_reader(monitor.fileno())


async def test_cancelled_it_leaves_no_reader(monitor, nudges):
    """Once cancelled, the source no longer reads the descriptor."""
    async with running(source_of(monitor, nudges)):
        await nudges.until(1)
    assert not asyncio.get_running_loop().remove_reader(monitor.fileno())


def test_without_libudev_it_is_unavailable():
    """A host without libudev makes the source unavailable, not failed."""
    script = """if True:
        import asyncio
        from uma.errors import SourceUnavailable
        from uma.feeds import udev
        udev.LIBRARY = "libudev-none.so.1"
        try:
            asyncio.run(udev.UdevSource(lambda: None).run(lambda m: None, lambda *r: None))
        except SourceUnavailable as absence:
            print(absence)
    """
    assert "no udev events: libudev-none.so.1" in run_python(script)


def test_pyudev_finds_libudev_without_a_process():
    """pyudev gets libudev's name, since ctypes would fork ldconfig for it; ctypes itself stays unchanged."""
    script = """if True:
        import ctypes.util, os, subprocess, sys
        before = ctypes.util.find_library
        sys.addaudithook(lambda event, args: event in {"subprocess.Popen", "os.fork", "os.posix_spawn"} and os._exit(9))
        from uma.errors import SourceUnavailable
        from uma.feeds.udev import open_block_monitor
        try:
            monitor, sender = open_block_monitor()
            print("opened", sender, monitor.poll(0))
        except SourceUnavailable as absence:
            print("absent", absence)
        print(ctypes.util.find_library is before)
    """
    first, second = run_python(script).splitlines()
    assert first.startswith(("opened udev None", "opened kernel None", "absent no udev events"))
    assert second == "True"


def run_python(script):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
