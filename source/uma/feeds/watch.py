"""Nudges by inotify: something in a folder changed, look again.

A nudge carries no content, so a lost or doubled one costs nothing; every user also
looks by itself now and then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from uma.feeds.libraries import known_libraries

with known_libraries({}):
    # It uses the libc that Python has loaded.
    from asyncinotify import Inotify, Mask

APPEARED = Mask.CREATE | Mask.MOVED_TO
CHANGED = Mask.CLOSE_WRITE | Mask.MOVED_TO | Mask.MOVED_FROM | Mask.CREATE | Mask.DELETE
GONE = Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.UNMOUNT | Mask.IGNORED


async def watch_folder(
    folder: Path, nudge: Callable[[], None], *, is_of_interest: Callable[[str], bool] | None = None
) -> None:
    """Call *nudge* at once and after each change of an entry of
    *folder*, until cancelled.

    The folder need not exist: the nearest existing parent is watched until it does, and
    again after it has gone. Only entries count, and only names *is_of_interest*, not
    what lies deeper. Raises OSError where the kernel has no inotify watch left.
    """
    await watch_folders((folder,), nudge, is_of_interest=is_of_interest)


async def watch_folders(
    folders: Sequence[Path], nudge: Callable[[], None], *, is_of_interest: Callable[[str], bool] | None = None
) -> None:
    """Watch several folders as ``watch_folder`` does one, by one inotify instance:
    a user has 128 of those.
    """
    while True:
        watched = _places(folders)
        with Inotify() as inotify:
            try:
                for place in set(watched):
                    # A parent may be as busy as /tmp: what is written there says
                    # nothing about the folder.
                    inotify.add_watch(place, (CHANGED if place in folders else APPEARED) | GONE)
            except FileNotFoundError:
                continue
            if _places(folders) != watched:
                # One appeared between the look and the watch:
                # the event for it will not come.
                continue
            nudge()
            async for event in inotify:
                is_noise = is_of_interest is not None and event.name is not None and not is_of_interest(str(event.name))
                if not is_noise and (event.watch is None or event.watch.path in folders):
                    nudge()
                if event.mask & GONE or _places(folders) != watched:
                    break


async def watch_files(nudges: Mapping[Path, Callable[[], None]]) -> None:
    """Call the nudge of each file at once and after it is written, appears or goes.

    For files that their writer keeps open, which a folder's watch does not notice, and
    for several with one inotify instance, of which a machine has 128. They need not
    exist. A needless nudge may come. Raises OSError if the kernel has no watch or
    instance left.
    """
    while True:
        folders = _folders(nudges)
        with Inotify() as inotify:
            try:
                # The folders first: a file that appears between the
                # two is an event then.
                for folder in set(folders.values()):
                    inotify.add_watch(folder, APPEARED | Mask.MOVED_FROM | Mask.DELETE | GONE)
            except FileNotFoundError:
                continue
            for file in nudges:
                with suppress(FileNotFoundError):
                    inotify.add_watch(file, Mask.MODIFY | GONE)
            for nudge in nudges.values():
                nudge()
            async for event in inotify:
                path = None if event.watch is None else event.watch.path
                is_gone = bool(event.mask & GONE)
                if path is not None and path in nudges and not is_gone:
                    nudges[path]()
                elif is_gone or (path and path / str(event.name) in nudges) or folders != _folders(nudges):
                    break


def _folders(files: Iterable[Path]) -> Mapping[Path, Path]:
    return {file: _nearest_existing(file.parent) for file in files}


def _places(folders: Sequence[Path]) -> list[Path]:
    return [_nearest_existing(folder) for folder in folders]


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.is_dir())
