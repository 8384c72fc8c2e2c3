"""State of btrfs pools from sysfs and the scrub's own status file, without starting a
program or waking a disk.

Facts: kernel, Documentation/ABI/testing/sysfs-fs-btrfs; btrfs-progs, cmds/scrub.c,
which writes ``/var/lib/btrfs/scrub.status.UUID`` every 5 s while a scrub runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from uma.feeds.files import read_optional
from uma.feeds.moments import moment
from uma.feeds.storage.details.model import PoolErrors, Scrub
from uma.host import Host

SCRUB_FRESH_SECONDS: Final = 30.0
"""Seconds. An older status file without an end belongs to an interrupted scrub."""

COUNTERS: Final = ("write", "read", "flush", "corruption", "generation")
UUID_LENGTH: Final = 36
MAX_DIGITS: Final = 20
"""The largest number of 64 bits."""


@dataclass(frozen=True, slots=True)
class BtrfsPool:
    """One pool as the kernel reports it. ``errors`` has one entry per member, in the
    order of device numbers; None if the kernel has no valid counters.

    sysfs does not map numbers to devices: an entry certainly belongs to a disk only in
    a pool of one disk.
    """

    operation: str | None
    missing: int
    errors: tuple[PoolErrors | None, ...]

    @property
    def errors_total(self) -> int | None:
        """Errors of all members together; None if those of one member are not known."""
        known = [each for each in self.errors if each is not None]
        if len(known) < len(self.errors):
            return None
        return sum(each.write + each.read + each.flush + each.corruption + each.generation for each in known)


def read_btrfs_pool(host: Host, uuid: str) -> BtrfsPool | None:
    """Read pool *uuid* from sysfs; None if the kernel has not mounted it. Blocks."""
    if not _is_uuid(uuid):
        return None
    folder = host.sys / "fs/btrfs" / uuid.lower()
    members = sorted(folder / "devinfo" / name for name in _entries_of(folder / "devinfo"))
    if not members:
        return None
    return BtrfsPool(
        operation=parse_operation(read_optional(folder / "exclusive_operation")),
        missing=sum(read_optional(member / "missing").strip() == "1" for member in members),
        errors=tuple(parse_error_stats(read_optional(member / "error_stats")) for member in members),
    )


def read_scrub(host: Host, uuid: str, *, now: float) -> Scrub:
    """Read the progress of the scrub of pool *uuid*, or the result of the last one
    since boot. Blocks.

    The percentage is computed as in ``btrfs scrub status``: bytes scrubbed of bytes
    used on all devices.
    """
    if not _is_uuid(uuid):
        return UNKNOWN_SCRUB
    path = host.root / "var/lib/btrfs" / f"scrub.status.{uuid.lower()}"
    try:
        written_at = path.stat().st_mtime
    except FileNotFoundError:
        return NO_SCRUB
    except OSError:
        return UNKNOWN_SCRUB
    text = read_optional(path)
    scrub = parse_scrub(text, now=now, written_at=written_at, bytes_to_scrub=None)
    if scrub.status != "running":
        return scrub
    return parse_scrub(text, now=now, written_at=written_at, bytes_to_scrub=_read_used(host, uuid))


NO_SCRUB: Final = Scrub("idle", None, None, None)
UNKNOWN_SCRUB: Final = Scrub("unknown", None, None, None)


def parse_operation(text: str) -> str | None:
    """Parse ``exclusive_operation``: ``none``, ``balance``,
    ``balance paused``, ``device add`` …
    """
    return text.strip().replace(" ", "_") or None


def _read_used(host: Host, uuid: str) -> int | None:
    """Read the used bytes of all devices together."""
    allocation = host.sys / "fs/btrfs" / uuid.lower() / "allocation"
    used = [parse_bytes(read_optional(allocation / kind / "disk_used")) for kind in ("data", "metadata", "system")]
    known = [each for each in used if each is not None]
    return sum(known) if len(known) == len(used) else None


def parse_bytes(text: str) -> int | None:
    """Parse a number of bytes in sysfs; None if it is not one."""
    word = text.strip()
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= MAX_DIGITS else None


def parse_error_stats(text: str) -> PoolErrors | None:
    """Parse ``error_stats``: a line per counter, such as ``write_errs 0``.

    None without all five: the kernel writes ``invalid`` while it has no counters.
    """
    counts = {}
    for line in text.splitlines():
        name, _, number = line.partition(" ")
        count = parse_bytes(number)
        if count is not None:
            counts[name.removesuffix("_errs")] = count
    try:
        return PoolErrors(**{name: counts[name] for name in COUNTERS})
    except KeyError:
        return None


def parse_scrub(text: str, *, now: float, written_at: float, bytes_to_scrub: int | None) -> Scrub:
    """Parse a scrub status file of time *written_at*.

    A line per device:
    ``UUID:ID|data_extents_scrubbed:1|…|t_start:1700|duration:60|finished:1``. A device
    whose scrub was cancelled is marked ``finished`` too.
    """
    devices = tuple(_devices(text))
    if not devices:
        return UNKNOWN_SCRUB
    errors = _sum_of(devices, "read_errors", "csum_errors", "verify_errors", "super_errors", "malloc_errors")
    if any(device.get("canceled") for device in devices):
        return Scrub("cancelled", None, errors, _end_of(devices, written_at))
    if all(device.get("finished") for device in devices):
        return Scrub("finished", None, errors, _end_of(devices, written_at))
    if now - written_at >= SCRUB_FRESH_SECONDS:
        return Scrub("interrupted", None, errors, None)
    scrubbed = _sum_of(devices, "data_bytes_scrubbed", "tree_bytes_scrubbed")
    percent = min(100.0, round(100 * scrubbed / bytes_to_scrub, 1)) if bytes_to_scrub else None
    return Scrub("running", percent, errors, None)


def _devices(text: str) -> Iterator[Mapping[str, int]]:
    for line in text.splitlines():
        _, *fields = line.split("|")
        pairs = (field.rpartition(":") for field in fields)
        counts = {key: value for key, _, number in pairs if (value := parse_bytes(number)) is not None}
        if counts:
            yield counts


def _sum_of(devices: Sequence[Mapping[str, int]], *names: str) -> int:
    return sum(device.get(name, 0) for device in devices for name in names)


def _end_of(devices: Sequence[Mapping[str, int]], written_at: float) -> str | None:
    if any(device.get("t_resumed") for device in devices):
        # The duration excludes pauses; the file was last written at the end.
        return moment(written_at)
    ends = [device["t_start"] + device.get("duration", 0) for device in devices if device.get("t_start")]
    return moment(max(ends)) if ends else None


def _is_uuid(text: str) -> bool:
    return len(text) == UUID_LENGTH and all(c in "0123456789abcdefABCDEF-" for c in text)


def _entries_of(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []
