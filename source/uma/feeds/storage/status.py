"""The storage message, joined from emhttpd's state and the drives' SMART readings."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.array import Array, array_from
from uma.feeds.storage.emhttp import EmhttpState
from uma.feeds.storage.model import Disk, ParityCheck, PoolDisk, StorageStatus, UnassignedDevice
from uma.feeds.storage.nvme_limits import NONE, OwnLimits, no_limits
from uma.feeds.storage.sizes import size_text, space_text
from uma.feeds.storage.slots import Drive, FileSystem, Kind, Slot
from uma.serials import masked_id

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
"""The message while the state files can't be read."""

DISK_FIELDS: Final = tuple(field.name for field in fields(Disk))

Smart = Mapping[str, SmartReading]
"""The newest SMART reading of each drive, by its section in disks.ini or devs.ini."""


def status_from(state: EmhttpState, smart: Smart, own_limits: OwnLimits = no_limits) -> StorageStatus:
    """Return the message for *state*; see ``joined``."""
    return joined(array_from(state), smart, own_limits)


def joined(array: Array, smart: Smart, own_limits: OwnLimits = no_limits) -> StorageStatus:
    """Return the message for *array*, with SMART's readings and NVMe drives' own
    limits.
    """
    joiner = _Joiner(array, smart, own_limits)
    data = array.of_kind(Kind.DATA)
    return StorageStatus(
        array_status=array.status,
        array_protection=array.protection,
        disks=tuple(joiner.disk(slot, joiner.mounted(slot.key)) for slot in data),
        cache_disks=joiner.pool_disks(),
        parity_disks=tuple(joiner.disk(slot, None) for slot in array.of_kind(Kind.PARITY)),
        boot=joiner.boot_disk(),
        unassigned=tuple(map(joiner.unassigned, array.unassigned)),
        parity_check=array.parity_check,
    )


def pool_of(name: str) -> str:
    """Return a member's pool: ``tank`` for ``tank2`` and for ``tank~special2``."""
    return name.partition("~")[0].rstrip("0123456789") or name


@dataclass(frozen=True, slots=True)
class _Usage:
    """The used share of a file system: with one decimal, and as the webGUI
    rounds it.
    """

    percent: float
    whole_percent: int


@dataclass(frozen=True, slots=True)
class _Joiner:
    """Builder of the message's disks from slots."""

    array: Array
    smart: Smart
    own_limits: OwnLimits

    def disk(self, slot: Slot, file_system: FileSystem | None) -> Disk:
        """Return the disk of *slot*, on which *file_system* is mounted, if any."""
        base = None if slot.is_gone else f"/dev/{slot.device}"
        smart = None if slot.is_gone else self.smart.get(slot.key)
        usage = _usage(file_system, slot.kind) if file_system else None
        return Disk(
            name=slot.name,
            device=_partition(base) if base and slot.kind in (Kind.DATA, Kind.PARITY) else base,
            status=slot.status,
            temperature=slot.temperature,
            size=size_text(slot.size_bytes),
            used=_space_text(file_system.used_bytes) if file_system else None,
            free=_space_text(file_system.free_bytes) if file_system else None,
            device_base=base,
            id=None if slot.is_gone or slot.kind is Kind.FLASH else masked_id(slot.id),
            size_bytes=slot.size_bytes,
            used_bytes=file_system.used_bytes if file_system else None,
            free_bytes=file_system.free_bytes if file_system else None,
            usage_percent=usage.percent if usage else None,
            usage_state=(
                self.array.thresholds.usage_state(usage.whole_percent, file_system) if file_system and usage else None
            ),
            temperature_state=self.temperature_state(slot),
            spun_down=slot.is_spun_down,
            errors=slot.errors,
            health="unknown" if smart is None else smart.health,
            filesystem=file_system.name if file_system else None,
            encrypted=slot.is_encrypted,
            rotational=slot.is_rotational,
        )

    def unassigned(self, drive: Drive) -> UnassignedDevice:
        """Return a device of devs.ini."""
        device = f"/dev/{drive.device}"
        smart = self.smart.get(drive.key)
        return UnassignedDevice(
            name=drive.name,
            device=device,
            device_base=device,
            id=masked_id(drive.id),
            status="standby" if drive.is_spun_down else "active",
            spun_down=drive.is_spun_down,
            temperature=drive.temperature,
            temperature_state=self.temperature_state(drive),
            size=size_text(drive.size_bytes),
            size_bytes=drive.size_bytes,
            rotational=drive.is_rotational,
            health="unknown" if smart is None else smart.health,
        )

    def temperature_state(self, drive: Drive) -> str | None:
        """Return ok, hot or critical by the drive's limits; only NVMe drives have their
        own.
        """
        own = self.own_limits(drive.device, drive.id) if drive.is_nvme and drive.device else NONE
        return self.array.thresholds.temperature_state(drive, own)

    def mounted(self, key: str) -> FileSystem | None:
        """Return the file system of section *key*; None while the array is stopped."""
        return None if self.array.is_stopped else self.array.file_systems.get(key)

    def pool_disks(self) -> tuple[PoolDisk, ...]:
        """Return the pools' members. Each pool's first has its file system.

        So does the first one after an empty first slot.
        """
        disks: list[PoolDisk] = []
        seen: set[str] = set()
        for slot in self.array.of_kind(Kind.POOL):
            pool = pool_of(slot.name)
            disk = self.disk(slot, None if pool in seen else self.mounted(pool))
            seen.add(pool)
            disks.append(PoolDisk(**{name: getattr(disk, name) for name in DISK_FIELDS}, pool=pool))
        return tuple(disks)

    def boot_disk(self) -> Disk | None:
        """Return the device mounted on /boot, else the boot pool's first disk, else the
        flash drive.
        """
        slots = self.array.of_kind(Kind.FLASH, Kind.BOOT)
        if not slots:
            return None
        present = [slot for slot in slots if not slot.is_gone] or slots
        slot = max(present, key=self._boot_rank)
        # Not by ``mounted``: the boot device is mounted while the array is stopped.
        mounted = (self.array.file_systems.get(member.key) for member in slots if member.kind is slot.kind)
        return self.disk(slot, next(filter(None, mounted), None))

    def _boot_rank(self, slot: Slot) -> tuple[bool, bool]:
        """Return a rank: the boot device has the highest; among equals the first
        counts.
        """
        file_system = self.array.file_systems.get(slot.key)
        return file_system is not None and file_system.mount_point == "/boot", slot.kind is Kind.BOOT


def _partition(base: str) -> str:
    return f"{base}p1" if base[-1].isdigit() else f"{base}1"


def _space_text(space: int | None) -> str | None:
    return None if space is None else space_text(space)


def _usage(file_system: FileSystem, kind: Kind) -> _Usage | None:
    """Return the used share; None if a size is not known."""
    size, used, free = file_system.size_bytes, file_system.used_bytes, file_system.free_bytes
    if size is None or used is None or free is None:
        return None
    # The webGUI's two ways: in a pool, used space counts; elsewhere, space that is not
    # free.
    taken = used if kind is Kind.POOL else size - free
    percent = min(100.0, max(0.0, 100 * taken / size)) if size else 0.0
    return _Usage(round(percent, 1), int(percent + 0.5))
