"""emhttpd's state, parsed once: everything in the message except SMART and drives' own
limits.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from uma.feeds.storage.emhttp import EmhttpState
from uma.feeds.storage.model import ParityCheck
from uma.feeds.storage.operation import operation_from
from uma.feeds.storage.parity import parity_check_from
from uma.feeds.storage.protection import array_protection_from, array_status_from
from uma.feeds.storage.slots import Drive, FileSystem, Kind, Slot, drives_from, file_systems_from, slots_from
from uma.feeds.storage.thresholds import Thresholds, thresholds_from


@dataclass(frozen=True, slots=True)
class Array:
    """The array, its pools and every device.

    ``file_systems`` has mounted file systems by their section. While ``is_stopped`` it
    has none of the array and the pools.
    """

    status: str
    protection: str
    is_stopped: bool
    slots: tuple[Slot, ...]
    file_systems: Mapping[str, FileSystem]
    unassigned: tuple[Drive, ...]
    parity_check: ParityCheck
    thresholds: Thresholds

    def of_kind(self, *kinds: Kind) -> list[Slot]:
        """Return the slots of *kinds*."""
        return [slot for slot in self.slots if slot.kind in kinds]

    @property
    def drive_ids(self) -> dict[str, str]:
        """Return the id of the drive in each occupied slot, by section."""
        return {drive.key: drive.id for drive in (*self.slots, *self.unassigned) if drive.device and drive.id}

    @property
    def nvme_drives(self) -> list[tuple[str, str]]:
        """Return kernel name and id of each NVMe drive."""
        drives = (*self.slots, *self.unassigned)
        return [(drive.device, drive.id) for drive in drives if drive.is_nvme and drive.device]


def array_from(state: EmhttpState) -> Array:
    """Return the array that *state* describes."""
    operation = operation_from(state.var)
    fs_state = state.var.get("fsState")
    slots = slots_from(state.disks, is_started=fs_state == "Started", operation=operation)
    data = [slot for slot in slots if slot.kind is Kind.DATA]
    parity = [slot for slot in slots if slot.kind is Kind.PARITY]
    return Array(
        status=array_status_from(state.var),
        protection=array_protection_from(state.var, data=data, parity=parity, operation=operation),
        is_stopped=fs_state == "Stopped",
        slots=slots,
        file_systems=file_systems_from(state.disks),
        unassigned=drives_from(state.devs),
        parity_check=parity_check_from(state),
        thresholds=thresholds_from(state.display, state.smart_one),
    )
