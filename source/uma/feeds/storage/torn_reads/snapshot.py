"""One reading of emhttpd's files, with stamps that show a later change."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

from uma.feeds.ini import is_cut
from uma.feeds.storage.array import Array
from uma.feeds.storage.emhttp import EmhttpState, EmhttpTexts, Sections
from uma.feeds.storage.model import ParityCheck
from uma.feeds.storage.slots import Drive, Slot
from uma.host import Host

FileStamp = tuple[int, int, int] | None
"""Inode, size and mtime in nanoseconds; None for a file that is missing. The kernel's
clock for mtime ticks every 1 to 10 ms, so two writes of equal size within a tick have
the same stamp."""


_DRIVE_FACTS: Final = attrgetter(*(each.name for each in fields(Drive) if each.name != "temperature"))
_SLOT_FACTS: Final = attrgetter(*(each.name for each in fields(Slot) if each.name not in {"temperature", "errors"}))
"""A device without its numbers, in a cheap form: it is computed at each change of a
number.
"""


@dataclass(frozen=True, slots=True)
class FileStamps:
    """Stamps of all files read. If two are equal, a tick apart, no file was written."""

    var: FileStamp
    disks: FileStamp
    others: tuple[FileStamp, ...]


End = tuple[str, str]
"""A file's last section and that section's last key; two empty texts if there
is none.
"""


@dataclass(frozen=True, slots=True)
class Ends:
    """Ends of the files. A truncated file can't reach the end of the whole one."""

    var: End
    disks: End
    devs: End


class Reach(NamedTuple):
    """For each file, whether it reaches its end."""

    var: bool
    disks: bool
    devs: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """An array without its numbers: temperatures, used space, errors and progress."""

    status: str
    protection: str
    is_stopped: bool
    slots: tuple[object, ...]
    file_systems: tuple[tuple[str, str | None, str], ...]
    unassigned: tuple[object, ...]
    parity_check: ParityCheck


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A reading made ``at`` (monotonic seconds)."""

    texts: EmhttpTexts
    state: EmhttpState
    array: Array
    stamps: FileStamps
    at: float

    @property
    def ends(self) -> Ends:
        """The ends of the files."""
        return Ends(*map(_end, self._files()))

    def moves_only_numbers(self, old: "Snapshot") -> bool:
        """Return whether this is a whole reading that differs from *old* in numbers
        only.
        """
        return self.state is old.state or (
            self.ends == old.ends
            and not is_cut(self.texts.devs)
            and _settings(self.texts) == _settings(old.texts)
            and self.facts == old.facts
        )

    def reaches(self, ends: Ends) -> Reach:
        """Return which files contain their previous *ends*."""
        return Reach(*(_has(file, end) for file, end in zip(self._files(), astuple(ends), strict=True)))

    def _files(self) -> tuple[Sections, Sections, Sections]:
        return {"": self.state.var}, self.state.disks, self.state.devs

    @property
    def facts(self) -> Facts:
        """The array without its numbers."""
        array = self.array
        return Facts(
            status=array.status,
            protection=array.protection,
            is_stopped=array.is_stopped,
            slots=tuple(map(_SLOT_FACTS, array.slots)),
            file_systems=tuple((key, found.name, found.mount_point) for key, found in array.file_systems.items()),
            unassigned=tuple(map(_DRIVE_FACTS, array.unassigned)),
            parity_check=replace(
                array.parity_check, percent=None, speed_bytes_per_sec=None, eta_seconds=None, errors=0
            ),
        )


def read_stamps(host: Host) -> FileStamps:
    """Read the stamps of emhttpd's files and settings. Blocks for one stat per file."""
    return FileStamps(
        var=_read_stamp(host.state / "var.ini"),
        disks=_read_stamp(host.state / "disks.ini"),
        others=tuple(
            _read_stamp(path)
            for path in (
                host.state / "devs.ini",
                host.flash_config / "parity-checks.log",
                host.flash_config / "plugins/dynamix/dynamix.cfg",
                host.flash_config / "smart-one.cfg",
                host.webgui / "plugins/dynamix/default.cfg",
            )
        ),
    )


def _end(sections: Sections) -> End:
    name = _last(sections)
    return name, _last(sections.get(name, {}))


def _last(names: Iterable[str]) -> str:
    return [*names][-1] if names else ""


def _has(sections: Sections, end: End) -> bool:
    name, key = end
    return (not name and not key) or key in sections.get(name, {})


def _settings(texts: EmhttpTexts) -> EmhttpTexts:
    """Return the texts that programs other than emhttpd write, and rarely."""
    return replace(texts, var="", disks="", devs="")


def _read_stamp(path: Path) -> FileStamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
