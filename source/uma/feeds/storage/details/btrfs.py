"""State of btrfs pools from sysfs and from the scrub's own status file:
no program, no disk woken.

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
"""A status file that is older and has no end belongs to a scrub that was
interrupted.
"""

UUID_LENGTH: Final = 36


@dataclass(frozen=True, slots=True)
class BtrfsPool:
    """One pool as the kernel has it. ``errors`` has one entry a member,
    in the order of device numbers.

    sysfs does not say which number is which device: an entry belongs to a disk for
    certain only in a pool of one.
    """

    operation: str | None
    missing: int
    errors: tuple[PoolErrors, ...]

    @property
    def errors_total(self) -> int:
        """Errors of all members together."""
        return sum(each.write + each.read + each.flush + each.corruption + each.generation for each in self.errors)


def read_btrfs_pool(host: Host, uuid: str) -> BtrfsPool | None:
    """Read pool *uuid* from sysfs; None if the kernel does not have it
    mounted. Blocks.
    """
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
    """Read how far the scrub of pool *uuid* is,
    or how the last one since boot ended. Blocks.
    """
    if not _is_uuid(uuid):
        return UNKNOWN_SCRUB
    path = host.root / "var/lib/btrfs" / f"scrub.status.{uuid.lower()}"
    try:
        age = now - path.stat().st_mtime
    except OSError:
        return NO_SCRUB
    return parse_scrub(read_optional(path), age=age)


NO_SCRUB: Final = Scrub("idle", None, None, None)
UNKNOWN_SCRUB: Final = Scrub("unknown", None, None, None)


def parse_operation(text: str) -> str | None:
    """Parse ``exclusive_operation``: ``none``, ``balance``,
    ``balance paused``, ``device add`` …
    """
    return text.strip().replace(" ", "_") or None


def parse_error_stats(text: str) -> PoolErrors:
    """Parse ``error_stats``: a line a counter, such as ``write_errs 0``;
    a damaged line counts 0.
    """
    counts = {}
    for line in text.splitlines():
        name, _, number = line.partition(" ")
        if number.strip().isdecimal():
            counts[name.removesuffix("_errs")] = int(number)
    return PoolErrors(
        write=counts.get("write", 0),
        read=counts.get("read", 0),
        flush=counts.get("flush", 0),
        corruption=counts.get("corruption", 0),
        generation=counts.get("generation", 0),
    )


def parse_scrub(text: str, *, age: float) -> Scrub:
    """Parse a scrub status file that was written *age* seconds ago.

    A line a device:
    ``UUID:ID|data_extents_scrubbed:1|…|t_start:1700|duration:60|finished:1``. Percent
    is never known: the file has no total.
    """
    devices = tuple(_devices(text))
    if not devices:
        return UNKNOWN_SCRUB
    errors = sum(
        device.get(key, 0)
        for device in devices
        for key in ("read_errors", "csum_errors", "verify_errors", "super_errors", "malloc_errors")
    )
    if all(device.get("finished") for device in devices):
        return Scrub("finished", None, errors, _end_of(devices))
    if any(device.get("canceled") for device in devices):
        return Scrub("cancelled", None, errors, _end_of(devices))
    return Scrub("running" if age < SCRUB_FRESH_SECONDS else "interrupted", None, errors, None)


def _devices(text: str) -> Iterator[Mapping[str, int]]:
    for line in text.splitlines():
        _, *fields = line.split("|")
        pairs = (field.rpartition(":") for field in fields)
        counts = {key: int(value) for key, _, value in pairs if value.isdecimal() and len(value) < UUID_LENGTH}
        if counts:
            yield counts


def _end_of(devices: Sequence[Mapping[str, int]]) -> str | None:
    ends = [device["t_start"] + device.get("duration", 0) for device in devices if device.get("t_start")]
    return moment(max(ends)) if ends else None


def _is_uuid(text: str) -> bool:
    return len(text) == UUID_LENGTH and all(c in "0123456789abcdefABCDEF-" for c in text)


def _entries_of(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []
