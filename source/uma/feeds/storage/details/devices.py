"""Facts of single devices: identity, failed mounts, members of the boot pool, btrfs
errors. Pure.
"""

from collections.abc import Mapping
from typing import Final

from uma.feeds.ini_values import Section
from uma.feeds.storage.details.model import BootDisk, PoolErrors
from uma.feeds.storage.details.pools import KernelPool
from uma.feeds.storage.model import Disk, PoolDisk, StorageStatus

UNMOUNTABLE: Final = "unmountable"
MAX_REASON_CHARACTERS: Final = 80


def parse_identity(identity: str | None) -> tuple[str | None, str | None]:
    """Split a masked id, ``MODEL_1A2B``, into the model and the serial's last 4
    characters.
    """
    if not identity:
        return None, None
    model, _, tail = identity.rpartition("_")
    return (model.replace("_", " ").strip() or None, tail or None) if model else (None, tail)


def mount_errors_from(sections: Mapping[str, Section], status: StorageStatus) -> Mapping[str, str]:
    """Return by slot why a file system can't be mounted, in emhttpd's words.

    Its ``fsStatus`` is ``Unmountable: Wrong encryption key``, for example. Only a
    started array mounts file systems. A pool's is its first member's, even if the first
    slot is empty.
    """
    if status.array_status != "started":
        return {}
    first_members = {disk.pool: disk.name for disk in reversed(status.cache_disks)}
    return {
        first_members.get(key, section.get("name") or key): reason
        for key, section in sections.items()
        if (reason := _mount_error(section.get("fsStatus", ""))) is not None
    }


def boot_disks_from(
    sections: Mapping[str, Section], status: StorageStatus, *, read_only: bool | None = None
) -> tuple[BootDisk, ...]:
    """Return every member of the boot pool, or the flash drive if there is none.

    *read_only* is about /boot, which they hold.
    """
    members = tuple(
        BootDisk(
            name=section.get("name") or key,
            device=f"/dev/{section['device']}" if section.get("device") else None,
            status=_boot_status(section),
            read_only=read_only,
        )
        for key, section in sections.items()
        if section.get("type") == "Boot" and (section.get("device") or section.get("idSb"))
    )
    if members or status.boot is None:
        return members
    return (BootDisk(status.boot.name, status.boot.device_base, status.boot.status, read_only),)


def pool_errors(disk: Disk, kernel: Mapping[str, KernelPool]) -> PoolErrors | None:
    """Return the errors of *disk*; None unless it is alone in its btrfs pool."""
    if not isinstance(disk, PoolDisk) or disk.filesystem != "btrfs":
        return None
    known = kernel.get(disk.pool)
    # The kernel does not say which member is which device: only a single one is
    # certain.
    return known.btrfs.errors[0] if known and known.btrfs and len(known.btrfs.errors) == 1 else None


def _boot_status(section: Section) -> str:
    if not section.get("device") or section.get("status", "").startswith("DISK_NP"):
        return "missing"
    return "standby" if section.get("spundown") == "1" else "active"


def _mount_error(text: str) -> str | None:
    word, _, reason = text.partition(":")
    if word.strip().casefold() != UNMOUNTABLE:
        return None
    printable = "".join(character for character in reason if character.isprintable()).strip()
    return printable[:MAX_REASON_CHARACTERS] or UNMOUNTABLE
