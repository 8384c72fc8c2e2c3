"""Docker's socket as a file: whether a process listens, and whether it is still the
same socket.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import structlog

from uma.aio.deadline import within
from uma.aio.ticks import tick_after
from uma.errors import SourceFailed
from uma.feeds.watch import watch_folder
from uma.fence.client import Steward
from uma.fence.socket_client import probe_docker

BRISK = 0.1
BRISK_TRIES = 20
"""Seconds between looks after a nudge, and their number: a socket exists a moment
before it listens, without another nudge.
"""

GONE_TRIES = 5
"""Number of looks, BRISK apart, before a Docker counts as still running."""

Identity = tuple[int, int, int]

log = structlog.get_logger()


def read_absence(path: Path) -> str | None:
    """Return the reason why nothing listens at *path*; None if Docker does.
    Raises SourceFailed if unknown.
    """
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            # Connecting to a unix socket never waits, unless its queue is full.
            probe.setblocking(False)
            probe.connect(os.fspath(path))
    except OSError as error:
        return _absence_from(error, path)
    return None


async def find_absence(path: Path, steward: Steward | None) -> str | None:
    """Return what read_absence does, by *steward* if that guards Docker's socket.
    Raises SourceFailed if unknown.
    """
    if steward is None or not steward.guards_sockets:
        return read_absence(path)
    try:
        await probe_docker(steward)
    except OSError as error:
        return _absence_from(error, path)
    return None


def _absence_from(error: OSError, path: Path) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return f"Docker is not running: no socket at {path}"
        case ConnectionRefusedError():
            return f"Docker is not running: nothing listens at {path}"
        case BlockingIOError():
            raise SourceFailed(f"Docker does not accept connections at {path}") from error
    raise SourceFailed(f"{path} can't be used: {error.strerror or error}") from error


def read_identity(path: Path) -> Identity | None:
    """Read the identity of the socket at *path*, which differs after each restart; None
    if it is missing.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    # A file system may reuse an inode number at once; the time of change differs then.
    return status.st_dev, status.st_ino, status.st_ctime_ns


def read_age(path: Path) -> float:
    """Return the seconds for which Docker has been listening; 0 if the clock
    says less.
    """
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        return 0.0


async def watch_socket(path: Path, changed: asyncio.Event) -> NoReturn:
    """Set *changed* whenever the socket at *path* may have appeared or gone."""
    try:
        # Its folder, /var/run, has files of many programs.
        await watch_folder(path.parent, changed.set, is_of_interest=lambda name: name == path.name)
    except OSError as error:
        # A look every few seconds has to do.
        log.warning("docker socket not watched", folder=str(path.parent), error=str(error))
    await asyncio.Future[NoReturn]()


async def wait_until_listening(
    path: Path,
    *,
    changed: asyncio.Event,
    poll_interval: float,
    on_absence: Callable[[str], None],
    steward: Steward | None = None,
) -> None:
    """Return once a process listens at *path*; call *on_absence* with each reason.

    It looks after each *change*, and every *poll_interval* seconds. Raises SourceFailed
    as read_absence does.
    """
    tries = 0
    while (absence := await find_absence(path, steward)) is not None:
        on_absence(absence)
        tries += 1
        if await _is_set_within(BRISK if tries < BRISK_TRIES else poll_interval, changed):
            tries = 0


async def has_gone(path: Path, steward: Steward | None = None) -> bool:
    """Return whether a Docker whose connection has ended has stopped, and not only
    dropped it.

    A dockerd that ends closes its connections a moment before its socket.
    """
    for _ in range(GONE_TRIES):
        if await find_absence(path, steward) is not None:
            return True
        await asyncio.sleep(BRISK)
    return False


async def wait_until_replaced(
    path: Path, identity: Identity | None, *, changed: asyncio.Event, poll_interval: float
) -> None:
    """Return once the socket at *path* is not the one of *identity*; it looks like
    wait_until_listening.
    """
    while read_identity(path) in (None, identity):
        await _is_set_within(poll_interval, changed)


async def _is_set_within(seconds: float, event: asyncio.Event) -> bool:
    now = asyncio.get_running_loop().time()
    try:
        async with within(tick_after(now, seconds) - now):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True
