"""Devices of disks.ini and devs.ini, parsed once into typed records.

Facts: the slot sections of disks.ini, and the webGUI's interpretation of them
(nchan/device_list, nchan/update_2). Sizes are KiB, ``sectors`` are of ``sector_size``
bytes. Only a pool's first member has its file system. btrfs's fsSize is raw, twice a
mirror's capacity, so the webGUI shows used + free.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from uma.feeds.ini_values import LARGEST, Section, count, flag, whole
from uma.feeds.storage.operation import Operation

COLDEST: Final = -40
HOTTEST: Final = 120
"""Plausible range in °C. A drive without a sensor reports 0."""
KIB: Final = 1024
LUKS: Final = "luks:"

WORDS: Final = {
    "DISK_DSBL": "disabled",
    "DISK_NP_DSBL": "missing",
    "DISK_NP_MISSING": "missing",
    "DISK_WRONG": "wrong",
    "DISK_NEW": "new",
    "DISK_DSBL_NEW": "new",
}


class Kind(StrEnum):
    """The ``type`` of a slot."""

    PARITY = "Parity"
    DATA = "Data"
    POOL = "Cache"
    FLASH = "Flash"
    BOOT = "Boot"


@dataclass(frozen=True, slots=True)
class FileSystem:
    """A mounted file system. ``warning_percent`` and
    ``critical_percent`` are its own, if set. A size that disks.ini lacks is None.
    """

    name: str | None
    mount_point: str
    size_bytes: int | None
    used_bytes: int | None
    free_bytes: int | None
    warning_percent: int | None
    critical_percent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A device. ``key`` is its section's name, and the name of its SMART text.

    ``device`` is the kernel's name, empty for a device that is gone; ``id`` holds the
    serial number. ``temperature`` is whole °C, None when spun down.
    """

    key: str
    name: str
    device: str
    id: str = field(repr=False)
    is_nvme: bool
    is_spun_down: bool
    is_rotational: bool | None
    temperature: int | None
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot(Drive):
    """A slot that holds a device, or lacks its device. ``status`` is the wire's
    word.

    ``is_replaced``: a new disk is in the slot of one that the superblock knows, and is
    not rebuilt yet.
    """

    kind: Kind
    status: str
    is_gone: bool
    is_replaced: bool
    is_encrypted: bool
    errors: int


def drives_from(devs: Mapping[str, Section]) -> tuple[Drive, ...]:
    """Return the unassigned devices of devs.ini, in its order."""
    return tuple(
        Drive(**_drive_fields(key, section, is_gone=False)) for key, section in devs.items() if section.get("device")
    )


def file_systems_from(disks: Mapping[str, Section]) -> dict[str, FileSystem]:
    """Return mounted file systems by section; an empty first slot has its pool's."""
    found = ((key, _file_system(section)) for key, section in disks.items())
    return {key: file_system for key, file_system in found if file_system is not None}


def slots_from(disks: Mapping[str, Section], *, is_started: bool, operation: Operation) -> tuple[Slot, ...]:
    """Return the slots of disks.ini that are not empty, in its order."""
    return tuple(
        _slot_from(key, section, is_started=is_started, operation=operation)
        for key, section in disks.items()
        if not is_empty(section)
    )


def kind_of(section: Section, key: str) -> Kind:
    """Return the slot's kind, from its name if the type is missing or unknown."""
    try:
        return Kind(section.get("type", ""))
    except ValueError:
        by_name = {"parity": Kind.PARITY, "disk": Kind.DATA, "flash": Kind.FLASH}
        return by_name.get(key.rstrip("0123456789"), Kind.POOL)


def is_empty(section: Section) -> bool:
    """Return whether the slot has no device and needs none.

    An unused parity slot reads DISK_NP_DSBL, just like one whose disk was removed. Only
    the latter has a recorded disk, or is red.
    """
    status = section.get("status", "")
    if status == "DISK_NP_DSBL":
        return not _is_recorded(section) and not section.get("color", "").startswith("red")
    return status == "DISK_NP" or (not status and not section.get("device"))


def _slot_from(key: str, section: Section, *, is_started: bool, operation: Operation) -> Slot:
    status = section.get("status", "")
    kind = kind_of(section, key)
    is_gone = status.startswith("DISK_NP") or not section.get("device")
    drive = _drive_fields(key, section, is_gone=is_gone)
    if kind is Kind.FLASH and not is_gone:
        # A flash drive claims to be rotational.
        drive["is_rotational"] = False
    word = _fault_word(status, kind, is_started=is_started, operation=operation)
    if word is None and is_gone and kind is not Kind.FLASH:
        # Whatever its status says: a slot without a device is not in order. Without a
        # flash drive, as with an internal boot pool, flash is a stub.
        word = "missing"
    return Slot(
        **drive,
        kind=kind,
        status=word or ("standby" if drive["is_spun_down"] else "active"),
        is_gone=is_gone,
        is_replaced=status == "DISK_DSBL_NEW" or (status == "DISK_NEW" and _is_recorded(section)),
        is_encrypted=_is_encrypted(section),
        errors=count(section, "numErrors"),
    )


def _drive_fields(key: str, section: Section, *, is_gone: bool) -> dict[str, Any]:
    # The webGUI shows standby by the ball, which blinks.
    is_blinking = section.get("color", "").endswith("-blink")
    is_spun_down = not is_gone and (flag(section, "spundown") is True or is_blinking)
    return {
        "key": key,
        "name": section.get("name") or key,
        "device": "" if is_gone else section.get("device", ""),
        "id": section.get("id", ""),
        # Before 7.0 devs.ini has no transport.
        "is_nvme": section.get("transport") == "nvme" or section.get("device", "").startswith("nvme"),
        "is_spun_down": is_spun_down,
        "is_rotational": None if is_gone else flag(section, "rotational"),
        "temperature": None if is_gone or is_spun_down else _temperature(section),
        "size_bytes": _recorded_size(section) if is_gone else _device_size(section),
    }


def _temperature(section: Section) -> int | None:
    """Return emhttpd's own °C. SMART's may be old, or of another drive."""
    temperature = whole(section, "temp")
    return temperature if temperature and COLDEST <= temperature <= HOTTEST else None


def _device_size(section: Section) -> int:
    """Return bytes from the sectors if they are given (7.x), else from the KiB."""
    by_sectors = count(section, "sectors") * count(section, "sector_size")
    return by_sectors if 0 < by_sectors <= LARGEST * KIB else count(section, "size") * KIB


def _recorded_size(section: Section) -> int:
    return (count(section, "sizeSb") or count(section, "size")) * KIB


def _is_encrypted(section: Section) -> bool:
    """Return whether the device is encrypted.

    A device of a LUKS type with luksState 0 will be, once it is formatted.
    """
    is_luks = section.get("fsType", "").startswith(LUKS)
    if section.get("luksState"):
        return count(section, "luksState") > 0 or (is_luks and _is_mounted(section))
    return is_luks


def _file_system(section: Section) -> FileSystem | None:
    if not _is_mounted(section):
        return None
    name = section.get("fsType", "").removeprefix(LUKS) or None
    size, used, free = (_space(section, key) for key in ("fsSize", "fsUsed", "fsFree"))
    if name == "btrfs":
        size = None if used is None or free is None else used + free
    return FileSystem(
        name=name,
        mount_point=section.get("fsMountpoint", "/boot"),
        size_bytes=size,
        used_bytes=used,
        free_bytes=free,
        warning_percent=_limit(section, "warning"),
        critical_percent=_limit(section, "critical"),
    )


def _space(section: Section, key: str) -> int | None:
    kib = whole(section, key)
    # Free space is negative below the reserved part.
    return None if kib is None else max(0, kib) * KIB


def _is_mounted(section: Section) -> bool:
    return section.get("fsStatus") == "Mounted"


def _limit(section: Section, key: str) -> int | None:
    limit = whole(section, key)
    return limit if limit is not None and limit >= 0 else None


def _fault_word(status: str, kind: Kind, *, is_started: bool, operation: Operation) -> str | None:
    """Return the wire's word for a fault; None if the slot is in order.

    An unknown status of a later Unraid is returned in lower case.
    """
    if status != "DISK_INVALID":
        return None if status in ("DISK_OK", "") else WORDS.get(status, status.removeprefix("DISK_").lower())
    if kind is Kind.DATA:
        return "rebuilding" if operation.is_rebuild else "emulated"
    if kind is not Kind.PARITY:
        return "invalid"
    if operation.is_sync:
        return "syncing"
    # A stopped array's parity may read invalid without a fault; the operation that a
    # start would run distinguishes the two cases.
    return "invalid" if is_started or operation.would_sync else None


def _is_recorded(section: Section) -> bool:
    return bool(section.get("idSb")) or count(section, "sizeSb") > 0
