"""The storage message, joined from emhttpd's state and the drives' SMART readings."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.array import Array, array_from
from uma.feeds.storage.disks import disk_from, pool_of, unassigned_from
from uma.feeds.storage.emhttp import EmhttpState
from uma.feeds.storage.model import Disk, ParityCheck, PoolDisk, StorageStatus
from uma.feeds.storage.nvme_limits import OwnLimits, no_limits
from uma.feeds.storage.slots import FileSystem, Kind, Slot

UNKNOWN: Final = StorageStatus(
    array_status="unknown",
    array_protection="unknown",
    disks=(),
    cache_disks=(),
    parity_disks=(),
    boot=None,
    unassigned=(),
    parity_check=ParityCheck(
        action=None, status="idle", percent=None, speed_bytes_per_sec=None, eta_seconds=None, errors=0, last=None
    ),
)
"""What there is to say while the state files can't be read."""

DISK_FIELDS: Final = tuple(field.name for field in fields(Disk))

Smart = Mapping[str, SmartReading]
"""The newest SMART reading of each drive that has one, by its section in disks.ini or devs.ini."""


def status_from(state: EmhttpState, smart: Smart, own_limits: OwnLimits = no_limits) -> StorageStatus:
    """Return the message for *state*; see ``joined``."""
    return joined(array_from(state), smart, own_limits)


def joined(array: Array, smart: Smart, own_limits: OwnLimits = no_limits) -> StorageStatus:
    """Return the message for *array* with SMART's readings; *own_limits* gives NVMe drives' own limits."""
    joiner = _Joiner(array, smart, own_limits)
    data = array.of_kind(Kind.DATA)
    return StorageStatus(
        array_status=array.status,
        array_protection=array.protection,
        disks=tuple(joiner.disk(slot, joiner.mounted(slot.key)) for slot in data),
        cache_disks=joiner.pool_disks(),
        parity_disks=tuple(joiner.disk(slot, None) for slot in array.of_kind(Kind.PARITY)),
        boot=joiner.boot_disk(),
        unassigned=tuple(
            unassigned_from(drive, thresholds=array.thresholds, own_limits=own_limits) for drive in array.unassigned
        ),
        parity_check=array.parity_check,
    )


@dataclass(frozen=True, slots=True)
class _Joiner:
    """Makes the message's disks of slots, with what all of them need."""

    array: Array
    smart: Smart
    own_limits: OwnLimits

    def disk(self, slot: Slot, file_system: FileSystem | None) -> Disk:
        return disk_from(
            slot,
            file_system,
            thresholds=self.array.thresholds,
            own_limits=self.own_limits,
            smart=self.smart.get(slot.key),
        )

    def mounted(self, key: str) -> FileSystem | None:
        """Return the file system that section *key* tells: none of the array or a pool is mounted while stopped."""
        return None if self.array.is_stopped else self.array.file_systems.get(key)

    def pool_disks(self) -> tuple[PoolDisk, ...]:
        """Return every pool's members; the first one has the pool's file system, also behind an empty first slot."""
        disks: list[PoolDisk] = []
        seen: set[str] = set()
        for slot in self.array.of_kind(Kind.POOL):
            pool = pool_of(slot.name)
            disk = self.disk(slot, None if pool in seen else self.mounted(pool))
            seen.add(pool)
            disks.append(PoolDisk(**{name: getattr(disk, name) for name in DISK_FIELDS}, pool=pool))
        return tuple(disks)

    def boot_disk(self) -> Disk | None:
        """Return what is mounted on /boot, else the boot pool's first disk, else the flash drive."""
        slots = self.array.of_kind(Kind.FLASH, Kind.BOOT)
        if not slots:
            return None
        present = [slot for slot in slots if not slot.is_gone] or slots
        slot = max(present, key=self._boot_rank)
        # Not by ``mounted``: the boot device is mounted while the array is stopped.
        told = (self.array.file_systems.get(member.key) for member in slots if member.kind is slot.kind)
        return self.disk(slot, next(filter(None, told), None))

    def _boot_rank(self, slot: Slot) -> tuple[bool, bool]:
        """Return a rank: of two candidates for the boot device the higher is it, of equals the first."""
        file_system = self.array.file_systems.get(slot.key)
        return file_system is not None and file_system.mount_point == "/boot", slot.kind is Kind.BOOT
