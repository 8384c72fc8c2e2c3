"""Readers of the folders of Unraid's notifications. Each file is read once."""

import os
import re
import stat
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import nlargest
from operator import attrgetter
from pathlib import Path
from typing import Final

from uma.errors import SourceFailed
from uma.feeds.files import read_head, read_optional
from uma.feeds.notifications.parse import Given, ids_in, parse_given, parse_path
from uma.host import Host

SUFFIX: Final = ".notify"
SETTINGS: Final = "dynamix.cfg"
MAX_FILES: Final = 10_000
"""Files per folder that are followed, the newest; of the archive, which Unraid never
empties, the others are counted.
"""
MAX_FILE_BYTES: Final = 16 << 10
"""Bytes of a file that are read: long messages are at its end, and UMA omits them."""
MAX_ITEMS: Final = 50

ACTIVE: Final = "tmp/notifications/active"
"""Folder of notifications that stay until their condition ends, wherever the others are
(webGUI's scripts/notify, since 2026). The bell counts them as unread; they have no copy
in the archive.
"""

Stamp = tuple[int, int]

_TICKET: Final = re.compile(r"_(\d{9,11})\.notify\Z")


@dataclass(frozen=True, slots=True)
class File:
    """One notification's file. ``given`` is None if it is empty or was not read."""

    name: str
    stamp: Stamp
    given: Given | None = None

    @property
    def written_at(self) -> float:
        """Unix time of its last change."""
        return self.stamp[0] / 1e9

    @property
    def order(self) -> tuple[float, str]:
        """Sort key: the time in its name, which its archived copy shares."""
        ticket = _TICKET.search(self.name)
        return (float(ticket[1]) if ticket else self.written_at, self.name)


@dataclass(frozen=True, slots=True)
class Folders:
    """Both folders as last read, by file name; only the newest of the archive.

    ``older`` is the number of other files in the archive that are not unread.
    """

    unread: dict[str, File] = field(default_factory=dict)
    archive: dict[str, File] = field(default_factory=dict)
    older: int = 0


def settings_file(host: Host) -> Path:
    """Return the path of the webGUI's settings."""
    return host.flash_config / "plugins/dynamix" / SETTINGS


def read_folder(host: Host) -> Path | None:
    """Return the folder named in the settings; None for a forbidden one. Blocks."""
    path = parse_path(read_optional(settings_file(host)))
    return None if path is None else host.root / path.lstrip("/")


def active_folder(host: Host) -> Path:
    """Return the path of ACTIVE."""
    return host.root / ACTIVE


def read_folders(folder: Path, known: Folders, *, with_items: bool, active: Path | None = None) -> Folders:
    """Return the contents of *folder*, and of *active* as unread. Blocks. Raises
    SourceFailed.

    Every unread file is read for its importance. With *with_items*, so are the newest
    50 of the archive, and those not in *known*. Unchanged files are not read again.
    """
    unread = {
        name: _read_known(place, file, known.unread)
        for place in filter(None, (active, folder / "unread"))
        for name, file in _list(place)[0].items()
    }
    archive, older = _list(folder / "archive", unread)
    if with_items:
        newest = nlargest(MAX_ITEMS, archive.values(), key=attrgetter("order"))
        new = (file for name, file in archive.items() if known.archive and name not in known.archive)
        for file in {each.name: each for each in (*newest, *new)}.values():
            archive[file.name] = _read_known(folder / "archive", file, known.archive)
    return Folders(unread, archive, older)


def read_ids(host: Host) -> list[str]:
    """Return the full ids of all drives that emhttpd knows. Blocks."""
    return ids_in(tuple(read_optional(host.state / name) for name in ("disks.ini", "devs.ini")))


def _list(folder: Path, unread: Container[str] = ()) -> tuple[dict[str, File], int]:
    """Return the newest files of *folder* without reading them, and the number of the
    others that are not *unread*; none if the folder is missing.
    """
    found = 0

    def counted(entries: Iterable[os.DirEntry[str]]) -> Iterator[File]:
        nonlocal found
        for entry in entries:
            # Like the webGUI's glob: *.notify without hidden files.
            is_named = entry.name.endswith(SUFFIX) and not entry.name.startswith(".")
            if is_named and (file := _file_from(entry)) is not None:
                found += file.name not in unread
                yield file

    try:
        with os.scandir(folder) as entries:
            newest = nlargest(MAX_FILES, counted(entries), key=attrgetter("order"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, 0
    except OSError as error:
        raise SourceFailed(f"{folder} can't be read: {error.strerror or error}") from error
    files = {file.name: file for file in newest}
    return files, found - sum(name not in unread for name in files)


def _file_from(entry: os.DirEntry[str]) -> File | None:
    """Return the regular file *entry*; None if it is another, or gone by now."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return File(entry.name, (status.st_mtime_ns, status.st_size)) if stat.S_ISREG(status.st_mode) else None


def _read_known(folder: Path, file: File, known: dict[str, File]) -> File:
    before = known.get(file.name)
    if before is not None and before.stamp == file.stamp and before.given is not None:
        return before
    head = read_head(folder / file.name, MAX_FILE_BYTES)
    return replace(file, given=parse_given(head.decode(errors="replace")) if head else None)
