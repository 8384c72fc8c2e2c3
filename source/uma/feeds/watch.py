"""Nudges by inotify after a folder or file changed.

A nudge carries no content, so a lost or repeated one does no harm: every user also
looks at intervals.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from uma.aio.deadline import within
from uma.feeds import inotify

APPEARED = inotify.CREATE | inotify.MOVED_TO
CHANGED = inotify.CLOSE_WRITE | inotify.MOVED_TO | inotify.MOVED_FROM | inotify.CREATE | inotify.DELETE
GONE = inotify.DELETE_SELF | inotify.MOVE_SELF | inotify.UNMOUNT | inotify.IGNORED


async def watch_folder(
    folder: Path, nudge: Callable[[], None], *, is_of_interest: Callable[[str], bool] | None = None
) -> None:
    """Call *nudge* at once and after each change of an entry of *folder*, until
    cancelled.

    The folder need not exist: until it does, and after it has gone, the nearest
    existing parent is watched. Only direct entries count whose names are
    *is_of_interest*. Raises OSError if the kernel has no inotify watch left.
    """
    await watch_folders((folder,), nudge, is_of_interest=is_of_interest)


async def watch_folders(
    folders: Sequence[Path], nudge: Callable[[], None], *, is_of_interest: Callable[[str], bool] | None = None
) -> None:
    """Watch several folders as ``watch_folder`` does one."""
    is_over = asyncio.Event()
    watched: list[Path] = []

    def take(path: Path, mask: int, name: str) -> None:
        is_noise = is_of_interest is not None and name != "" and not is_of_interest(name)
        if mask & GONE or _places(folders) != watched:
            # The nudge comes once the next watch is in place.
            is_over.set()
        elif not is_noise and (mask & inotify.OVERFLOW or path in folders):
            nudge()

    while True:
        watched = _places(folders)
        is_over.clear()
        # A parent may be as busy as /tmp, and changes there don't concern the folder.
        masks = {place: (CHANGED if place in folders else APPEARED) | GONE for place in watched}
        with suppress(FileNotFoundError), inotify.watching(masks, take):
            if _places(folders) != watched:
                # A folder appeared between the look and the watch, so its event will
                # not come.
                continue
            nudge()
            await is_over.wait()


async def watch_files(nudges: Mapping[Path, Callable[[], None]]) -> None:
    """Call the nudge of each file at once and after it is written, appears or goes.

    For files that their writer keeps open, which a folder's watch does not notice. They
    need not exist. An unnecessary nudge is possible. Raises OSError if the kernel has
    no watch or instance left.
    """
    is_over = asyncio.Event()
    folders: Mapping[Path, Path] = {}

    def take(path: Path, mask: int, name: str) -> None:
        is_gone = bool(mask & GONE)
        if path in nudges and not is_gone:
            nudges[path]()
        elif is_gone or path / name in nudges or folders != _folders(nudges):
            is_over.set()

    while True:
        folders = _folders(nudges)
        is_over.clear()
        # The folders first: a file that appears between the two then causes an event.
        masks = dict.fromkeys(folders.values(), APPEARED | inotify.MOVED_FROM | inotify.DELETE | GONE)
        with suppress(FileNotFoundError), inotify.watching(masks, take), ExitStack() as files:
            for file in nudges:
                with suppress(FileNotFoundError):
                    files.enter_context(inotify.watching({file: inotify.MODIFY | GONE}, take))
            for nudge in nudges.values():
                nudge()
            await is_over.wait()


async def settled(changed: asyncio.Event, *, seconds: float, settle: float) -> bool:
    """Wait for *changed*, at most *seconds*; clear it after *settle* seconds more, in
    which the writer ends. Return whether it was set.
    """
    with suppress(TimeoutError):
        async with within(max(0.0, seconds)):
            await changed.wait()
    if not changed.is_set():
        return False
    await asyncio.sleep(settle)
    changed.clear()
    return True


def _folders(files: Iterable[Path]) -> Mapping[Path, Path]:
    return {file: _nearest_existing(file.parent) for file in files}


def _places(folders: Sequence[Path]) -> list[Path]:
    return [_nearest_existing(folder) for folder in folders]


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.is_dir())
