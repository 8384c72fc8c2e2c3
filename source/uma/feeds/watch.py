"""Nudges by inotify: something in a folder changed, look again.

A nudge carries no content, so a lost or doubled one costs nothing; every user also looks by itself now and then.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from uma.feeds.libraries import known_libraries

with known_libraries({}):
    # It goes on with the libc that Python has loaded.
    from asyncinotify import Inotify, Mask

APPEARED = Mask.CREATE | Mask.MOVED_TO
CHANGED = Mask.CLOSE_WRITE | Mask.MOVED_TO | Mask.MOVED_FROM | Mask.CREATE | Mask.DELETE
GONE = Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.UNMOUNT | Mask.IGNORED


async def watch_folder(
    folder: Path, nudge: Callable[[], None], *, is_of_interest: Callable[[str], bool] | None = None
) -> None:
    """Call *nudge* at once and after each change of an entry of *folder*, until cancelled.

    The folder need not exist: the nearest existing parent is watched until it does, and again after it has gone.
    Only entries count, and only names *is_of_interest*, not what lies deeper. Raises OSError where the kernel has no
    inotify watch left.
    """
    while True:
        watched = _nearest_existing(folder)
        with Inotify() as inotify:
            try:
                # A parent may be as busy as /tmp: what is written there says nothing about the folder.
                inotify.add_watch(watched, (CHANGED if watched == folder else APPEARED) | GONE)
            except FileNotFoundError:
                continue
            if _nearest_existing(folder) != watched:
                # It appeared between the look and the watch: the event for it will not come.
                continue
            nudge()
            async for event in inotify:
                if watched == folder and (
                    is_of_interest is None or event.name is None or is_of_interest(str(event.name))
                ):
                    nudge()
                if event.mask & GONE or watched != _nearest_existing(folder):
                    break


async def watch_file(file: Path, nudge: Callable[[], None]) -> None:
    """Call *nudge* at once and after each write to *file*, until cancelled.

    For a file that its writer keeps open, which a folder's watch does not notice. It need
    not exist, and may be replaced. Raises OSError if the kernel has no inotify watch left.
    """
    while True:
        folder = _nearest_existing(file.parent)
        with Inotify() as inotify:
            try:
                inotify.add_watch(folder, Mask.CREATE | Mask.MOVED_TO | GONE)
            except FileNotFoundError:
                continue
            # The folder first: a file that appears between the two is an event then.
            with suppress(FileNotFoundError):
                inotify.add_watch(file, Mask.MODIFY | GONE)
            nudge()
            async for event in inotify:
                is_own = event.watch is not None and event.watch.path == file
                if is_own and not event.mask & GONE:
                    nudge()
                elif event.mask & GONE or str(event.name) == file.name or folder != _nearest_existing(file.parent):
                    break


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.is_dir())
