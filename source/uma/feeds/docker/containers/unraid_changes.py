"""Changes of Unraid's own files about containers."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

import structlog

from uma.aio.task_groups import together
from uma.feeds.docker.containers.unraid import FOLLOWED_FILES, UnraidFiles, docker_folder, read_unraid_files
from uma.feeds.watch import watch_folder
from uma.host import Host

COALESCED_SECONDS: Final = 0.1
"""Seconds from a change to the read: PHP writes in place, and only the last of several
writes counts.
"""

UNWATCHED_SECONDS: Final = 300.0
"""Seconds between reads if the kernel has no watch left."""

log = structlog.get_logger()


async def follow_unraid_files(host: Host, take: Callable[[UnraidFiles], None]) -> NoReturn:
    """Read Unraid's files again after each change in Docker's folder, for *take*."""
    changed = asyncio.Event()
    await together(
        containers_folder_watch=lambda: _watch(docker_folder(host), changed),
        containers_files_read=lambda: _read(host, changed, take),
    )


async def _watch(folder: Path, changed: asyncio.Event) -> NoReturn:
    try:
        await watch_folder(folder, changed.set, is_of_interest=FOLLOWED_FILES.__contains__)
    except OSError as error:
        log.warning("docker folder not watched", folder=str(folder), error=str(error))
    while True:
        await asyncio.sleep(UNWATCHED_SECONDS)
        changed.set()


async def _read(host: Host, changed: asyncio.Event, take: Callable[[UnraidFiles], None]) -> NoReturn:
    while True:
        await changed.wait()
        await asyncio.sleep(COALESCED_SECONDS)
        changed.clear()
        take(await asyncio.to_thread(read_unraid_files, host))
