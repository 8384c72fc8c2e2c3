"""One reading of emhttpd's files: what they said, what that means, and by which stamps a later change of them shows."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from uma.feeds.ini import is_cut
from uma.feeds.storage.emhttp import EmhttpState, EmhttpTexts, Sections
from uma.feeds.storage.model import Disk, StorageStatus, UnassignedDevice
from uma.host import Host

FileStamp = tuple[int, int, int] | None
"""Inode, size and mtime in nanoseconds; None for a file that is missing. The kernel's clock for mtime ticks every 1 to
10 ms, so two writes of equal size within a tick have the same stamp."""

AnyDisk = TypeVar("AnyDisk", bound=Disk)

NO_NUMBERS: Final[dict[str, Any]] = {"temperature": None, "temperature_state": None}
NO_DISK_NUMBERS: Final[dict[str, Any]] = NO_NUMBERS | {
    "used": None,
    "free": None,
    "used_bytes": None,
    "free_bytes": None,
    "usage_percent": None,
    "usage_state": None,
    "errors": 0,
    "health": "unknown",
}


@dataclass(frozen=True, slots=True)
class FileStamps:
    """Stamps of all files a reading is made of; equal ones, a tick or more apart, mean that nothing was written."""

    var: FileStamp
    disks: FileStamp
    others: tuple[FileStamp, ...]


End = tuple[str, str]
"""A file's last section and the last key of that; two empty texts where there is none."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the files end. What was cut can't reach the end that the whole file has."""

    var: End
    disks: End
    devs: End


class Reach(NamedTuple):
    """Which files reach an end."""

    var: bool
    disks: bool
    devs: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read ``at`` (monotonic seconds)."""

    texts: EmhttpTexts
    state: EmhttpState
    status: StorageStatus
    stamps: FileStamps
    at: float

    @property
    def ends(self) -> Ends:
        """Where the files end."""
        return Ends(*map(_end, self._files()))

    def moves_only_numbers(self, old: "Reading") -> bool:
        """Whether this reading is a whole one, and differs from *old* in nothing but numbers."""
        return self.state is old.state or (
            self.ends == old.ends
            and not is_cut(self.texts.devs)
            and _settings(self.texts) == _settings(old.texts)
            and (self.status == old.status or self.facts == old.facts)
        )

    def reaches(self, ends: Ends) -> Reach:
        """Which files have what stood at their ends before."""
        return Reach(*(_has(file, end) for file, end in zip(self._files(), astuple(ends), strict=True)))

    def _files(self) -> tuple[Sections, Sections, Sections]:
        return {"": self.state.var}, self.state.disks, self.state.devs

    @property
    def facts(self) -> StorageStatus:
        """The status without its numbers: temperatures, used space, errors, progress and SMART's verdict."""
        status = self.status
        return replace(
            status,
            disks=tuple(map(_disk_facts, status.disks)),
            cache_disks=tuple(map(_disk_facts, status.cache_disks)),
            parity_disks=tuple(map(_disk_facts, status.parity_disks)),
            boot=None if status.boot is None else _disk_facts(status.boot),
            unassigned=tuple(map(_device_facts, status.unassigned)),
            parity_check=replace(
                status.parity_check, percent=None, speed_bytes_per_sec=None, eta_seconds=None, errors=0
            ),
        )


def read_stamps(host: Host) -> FileStamps:
    """The stamps of emhttpd's files and of the settings that go with them. Blocks for one stat a file."""
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
    """What others than emhttpd write, and rarely."""
    return replace(texts, var="", disks="", devs="")


def _read_stamp(path: Path) -> FileStamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _disk_facts(disk: AnyDisk) -> AnyDisk:
    return replace(disk, **NO_DISK_NUMBERS)


def _device_facts(device: UnassignedDevice) -> UnassignedDevice:
    return replace(device, **NO_NUMBERS)
