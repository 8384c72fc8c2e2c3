"""Devices as the message shows them."""

from dataclasses import dataclass

from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.model import Disk, UnassignedDevice
from uma.feeds.storage.nvme_limits import NONE, Limits, OwnLimits
from uma.feeds.storage.sizes import size_text, space_text
from uma.feeds.storage.slots import Drive, FileSystem, Kind, Slot
from uma.feeds.storage.thresholds import Thresholds
from uma.serials import masked_id


@dataclass(frozen=True, slots=True)
class _Usage:
    """A share of a file system that is used: with one decimal, and as the webGUI rounds it."""

    percent: float
    whole_percent: int


def disk_from(
    slot: Slot,
    file_system: FileSystem | None,
    *,
    thresholds: Thresholds,
    own_limits: OwnLimits,
    smart: SmartReading | None,
) -> Disk:
    """Return the disk of *slot*, on which *file_system* is mounted, if any."""
    base = None if slot.is_gone else f"/dev/{slot.device}"
    usage = _usage(file_system, slot.kind) if file_system else None
    return Disk(
        name=slot.name,
        device=_partition(base) if base and slot.kind in (Kind.DATA, Kind.PARITY) else base,
        status=slot.status,
        temperature=slot.temperature,
        size=size_text(slot.size_bytes),
        used=space_text(file_system.used_bytes) if file_system else None,
        free=space_text(file_system.free_bytes) if file_system else None,
        device_base=base,
        id=None if slot.is_gone or slot.kind is Kind.FLASH else masked_id(slot.id),
        size_bytes=slot.size_bytes,
        used_bytes=file_system.used_bytes if file_system else None,
        free_bytes=file_system.free_bytes if file_system else None,
        usage_percent=usage.percent if usage else None,
        usage_state=thresholds.usage_state(usage.whole_percent, file_system) if file_system and usage else None,
        temperature_state=thresholds.temperature_state(slot, _own(slot, own_limits)),
        spun_down=slot.is_spun_down,
        errors=slot.errors,
        health="unknown" if slot.is_gone or smart is None else smart.health,
        filesystem=file_system.name if file_system else None,
        encrypted=slot.is_encrypted,
        rotational=slot.is_rotational,
    )


def unassigned_from(drive: Drive, *, thresholds: Thresholds, own_limits: OwnLimits) -> UnassignedDevice:
    """Return a device of devs.ini."""
    device = f"/dev/{drive.device}"
    return UnassignedDevice(
        name=drive.name,
        device=device,
        device_base=device,
        id=masked_id(drive.id),
        status="standby" if drive.is_spun_down else "active",
        spun_down=drive.is_spun_down,
        temperature=drive.temperature,
        temperature_state=thresholds.temperature_state(drive, _own(drive, own_limits)),
        size=size_text(drive.size_bytes),
        size_bytes=drive.size_bytes,
        rotational=drive.is_rotational,
    )


def pool_of(name: str) -> str:
    """Return a member's pool: ``cache`` for ``cache2``, ``tank`` for ``tank~special2``. Pool names end in no digit."""
    return name.partition("~")[0].rstrip("0123456789") or name


def _own(drive: Drive, own_limits: OwnLimits) -> Limits:
    """Return the drive's own limits: only NVMe drives have any."""
    return own_limits(drive.device, drive.id) if drive.is_nvme and drive.device else NONE


def _partition(base: str) -> str:
    return f"{base}p1" if base[-1].isdigit() else f"{base}1"


def _usage(file_system: FileSystem, kind: Kind) -> _Usage:
    size = file_system.size_bytes
    # The webGUI's two ways: of a pool what is used counts, elsewhere what is not free.
    taken = file_system.used_bytes if kind is Kind.POOL else size - file_system.free_bytes
    percent = min(100.0, max(0.0, 100 * taken / size)) if size else 0.0
    return _Usage(round(percent, 1), int(percent + 0.5))
