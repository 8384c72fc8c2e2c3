"""Readings from the smartctl texts that Unraid leaves, one file per slot.

A file may be read while it is being rewritten in place. If the text is cut, empty or
not smartctl's, the last reading stays. The same holds for a new file that says less
than the last one.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from uma.feeds.smart.model import SmartReading
from uma.opener import open_at_once

LARGEST_TEXT = 256 * 1024
"""Bytes. ``smartctl -x`` of a drive with full logs prints some 40 KB."""

DOUBT_SECONDS = 5.0
"""Age in seconds from which a file with less content than the last one is believed;
smartctl finishes long before.
"""

Mark = tuple[int, int, int]
"""Inode, time of change in ns and size: equal marks mean the same text."""


class SmartTexts:
    """The folder's readings by slot name. ``look`` replaces ``readings``, in a
    thread.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.readings: Mapping[str, SmartReading] = MappingProxyType({})
        self._folder = folder
        self._clock = clock
        self._marks: dict[str, Mark] = {}
        self._to_forget: set[str] = set()

    def forget(self, name: str) -> None:
        """Expect the next text of slot *name* to be of another drive. Any thread may
        call it.
        """
        self._to_forget.add(name)

    def look(self) -> bool:
        """Read changed files and forget missing ones; return False without a folder.
        Blocks.

        Raises OSError if the folder can't be listed.
        """
        try:
            files = dict(self._files())
        except (FileNotFoundError, NotADirectoryError):
            self._marks.clear()
            self.readings = MappingProxyType({})
            return False
        # Additions from now on, to either set, are for this look or for the next one.
        forgotten, self._to_forget = self._to_forget, set()
        readings = {name: reading for name, reading in self.readings.items() if name in files and name not in forgotten}
        self._marks = {name: mark for name, mark in self._marks.items() if name in files}
        for name, status in files.items():
            mark = (status.st_ino, status.st_mtime_ns, status.st_size)
            if self._marks.get(name) == mark:
                continue
            text = read_text(self._folder / name, mark)
            if text is None:
                continue
            reading = _parse(text, status.st_mtime)
            if reading is None:
                self._marks[name] = mark
            elif name not in readings or not _says_less(reading, readings[name]) or self._is_old(status):
                self._marks[name] = mark
                readings[name] = reading
        self.readings = MappingProxyType(readings)
        return True

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        """Yield regular files only: opening anything else could block, or wake
        a drive.
        """
        with os.scandir(self._folder) as entries:
            for entry in entries:
                try:
                    status = entry.stat()
                except OSError:
                    continue
                if stat.S_ISREG(status.st_mode) and entry.name.isprintable() and not entry.name.startswith("."):
                    yield entry.name, status

    def _is_old(self, status: os.stat_result) -> bool:
        # A file from the future, after the clock was set back, counts as old.
        return not 0 <= self._clock() - status.st_mtime < DOUBT_SECONDS


def read_text(path: Path, mark: Mark) -> str | None:
    """Return the text of *path* if it still has *mark*, else None. Blocks."""
    try:
        with open(path, "rb", opener=open_at_once) as file:
            content = file.read(LARGEST_TEXT)
            status = os.fstat(file.fileno())
    except OSError:
        return None
    is_same = mark == (status.st_ino, status.st_mtime_ns, status.st_size)
    return content.decode(errors="replace") if is_same else None


def _parse(text: str, at: float) -> SmartReading | None:
    from uma.feeds.smart.reading import parse_reading  # noqa: PLC0415 - loads pySMART, once there is a text to read

    return parse_reading(text, at)


def _says_less(new: SmartReading, old: SmartReading) -> bool:
    return (
        (new.health == "unknown" and old.health != "unknown")
        or not old.attributes.keys() <= new.attributes.keys()
        or any(
            now is None and before is not None
            for now, before in (
                (new.temperature, old.temperature),
                (new.power_on_hours, old.power_on_hours),
                (new.wear_percent, old.wear_percent),
                (new.spare_percent, old.spare_percent),
                (new.grown_defects, old.grown_defects),
                (new.uncorrected_errors, old.uncorrected_errors),
            )
        )
    )
