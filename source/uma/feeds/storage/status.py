"""The storage message, joined from emhttpd's state and the drives' SMART readings."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from uma.feeds.ini_values import Section
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.disks import disk_from, pool_of, unassigned_from
from uma.feeds.storage.emhttp import EmhttpState
from uma.feeds.storage.model import Disk, ParityCheck, PoolDisk, StorageStatus, UnassignedDevice
from uma.feeds.storage.nvme_limits import NONE, OwnLimits
from uma.feeds.storage.operation import operation_from
from uma.feeds.storage.parity import parity_check_from
from uma.feeds.storage.protection import array_protection_from, array_status_from
from uma.feeds.storage.slots import Kind, Slot, slots_from
from uma.feeds.storage.thresholds import Thresholds, thresholds_from

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

NO_FILE_SYSTEM: Final[Section] = {}
DISK_FIELDS: Final = tuple(field.name for field in fields(Disk))


def status_from(
    state: EmhttpState, smart: Mapping[str, SmartReading], own_limits: OwnLimits = lambda *_: NONE
) -> StorageStatus:
    """Return the message for *state*.

    *smart* holds readings by slot name (``disk1``, ``parity``, ``cache``, ``dev1``);
    *own_limits* gives NVMe drives' own temperature limits.
    """
    operation = operation_from(state.var)
    slots = slots_from(state.disks, is_started=state.var.get("fsState") == "Started", operation=operation)
    data = [slot for slot in slots if slot.kind is Kind.DATA]
    parity = [slot for slot in slots if slot.kind is Kind.PARITY]
    maker = _Maker(state, smart, thresholds_from(state.display, state.smart_one), own_limits)
    return StorageStatus(
        array_status=array_status_from(state.var),
        array_protection=array_protection_from(state.var, data=data, parity=parity, operation=operation),
        disks=tuple(maker.disk(slot, maker.mounted(slot.section)) for slot in data),
        cache_disks=maker.pool_disks([slot for slot in slots if slot.kind is Kind.POOL]),
        parity_disks=tuple(maker.disk(slot, NO_FILE_SYSTEM) for slot in parity),
        boot=maker.boot_disk([slot for slot in slots if slot.kind in (Kind.FLASH, Kind.BOOT)]),
        unassigned=maker.unassigned(),
        parity_check=parity_check_from(state),
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the message's disks of slots, with what all of them need."""

    state: EmhttpState
    smart: Mapping[str, SmartReading]
    thresholds: Thresholds
    own_limits: OwnLimits

    def disk(self, slot: Slot, file_system: Section) -> Disk:
        return disk_from(
            slot,
            file_system,
            thresholds=self.thresholds,
            own_limits=self.own_limits,
            smart=self.smart.get(slot.key),
        )

    def mounted(self, section: Section) -> Section:
        """*section* as the one that tells a file system of the array or a pool: none is mounted while stopped."""
        return NO_FILE_SYSTEM if self.state.var.get("fsState") == "Stopped" else section

    def pool_disks(self, slots: list[Slot]) -> tuple[PoolDisk, ...]:
        """Every pool's members; the first of a pool has the pool's file system, also where its first slot is empty."""
        disks: list[PoolDisk] = []
        seen: set[str] = set()
        for slot in slots:
            pool = pool_of(slot.name)
            section = NO_FILE_SYSTEM if pool in seen else self.state.disks.get(pool, NO_FILE_SYSTEM)
            seen.add(pool)
            disk = self.disk(slot, self.mounted(section))
            disks.append(PoolDisk(**{name: getattr(disk, name) for name in DISK_FIELDS}, pool=pool))
        return tuple(disks)

    def boot_disk(self, slots: list[Slot]) -> Disk | None:
        """What is mounted on /boot, else the boot pool's first disk, else the flash drive."""
        if not slots:
            return None
        present = [slot for slot in slots if not slot.is_gone] or slots
        slot = max(present, key=_boot_rank)
        members = [other.section for other in slots if other.kind is slot.kind]
        told = next((section for section in members if section.get("fsStatus") == "Mounted"), slot.section)
        return self.disk(slot, told)

    def unassigned(self) -> tuple[UnassignedDevice, ...]:
        return tuple(
            unassigned_from(
                section, name=section.get("name") or key, thresholds=self.thresholds, own_limits=self.own_limits
            )
            for key, section in self.state.devs.items()
            if section.get("device")
        )


def _boot_rank(slot: Slot) -> tuple[bool, bool]:
    """Of two candidates for the boot device, the higher is it; of equals, the first."""
    is_mounted = slot.section.get("fsStatus") == "Mounted" and slot.section.get("fsMountpoint", "/boot") == "/boot"
    return is_mounted, slot.kind is Kind.BOOT
