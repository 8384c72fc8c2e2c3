"""A section of disks.ini or devs.ini as a disk of the message.

Facts of emhttpd: sizes are KiB, ``sectors`` are of ``sector_size`` bytes; only a pool's first member tells its file
system; btrfs's fsSize is raw (twice what a mirror holds), so that used + free is what the webGUI shows.
"""

from dataclasses import dataclass
from typing import Final

from uma.feeds.ini_values import LARGEST, Section, count, flag, whole
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.model import Disk, UnassignedDevice
from uma.feeds.storage.nvme_limits import NONE, Limits, OwnLimits
from uma.feeds.storage.sizes import size_text, space_text
from uma.feeds.storage.slots import Kind, Slot
from uma.feeds.storage.thresholds import HOTTEST, Thresholds
from uma.serials import masked_id

COLDEST: Final = -40
"""°C; with HOTTEST the range in which a sensor can be believed. 0 is what a drive without one says."""
KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class _Space:
    """What a mounted file system holds, in bytes; ``percent`` of it is used."""

    used: int
    free: int
    percent: float
    whole_percent: int


def disk_from(
    slot: Slot, file_system: Section, *, thresholds: Thresholds, own_limits: OwnLimits, smart: SmartReading | None
) -> Disk:
    """The disk of *slot*. *file_system* is the section that tells the mounted file system; empty if there is none."""
    section, kind = slot.section, slot.kind
    base = None if slot.is_gone else f"/dev/{section.get('device', '')}"
    temperature = None if slot.is_gone or slot.is_spun_down else _temperature(section)
    size = _recorded_size(section) if slot.is_gone else device_size(section)
    space = _space(file_system, kind)
    return Disk(
        name=slot.name,
        device=_partition(base) if base and kind in (Kind.DATA, Kind.PARITY) else base,
        status=slot.status,
        temperature=temperature,
        size=size_text(size),
        used=space_text(space.used) if space else None,
        free=space_text(space.free) if space else None,
        device_base=base,
        id=None if slot.is_gone or kind is Kind.FLASH else masked_id(section.get("id", "")),
        size_bytes=size,
        used_bytes=space.used if space else None,
        free_bytes=space.free if space else None,
        usage_percent=space.percent if space else None,
        usage_state=thresholds.usage_state(space.whole_percent if space else None, file_system),
        temperature_state=thresholds.temperature_state(temperature, section, _own(section, own_limits)),
        spun_down=slot.is_spun_down,
        errors=count(section, "numErrors"),
        health="unknown" if slot.is_gone or smart is None else smart.health,
        filesystem=_file_system_name(file_system) if space else None,
        encrypted=_is_encrypted(section),
        rotational=_rotational(slot),
    )


def unassigned_from(section: Section, *, name: str, thresholds: Thresholds, own_limits: OwnLimits) -> UnassignedDevice:
    """A device of devs.ini."""
    spun_down = flag(section, "spundown") is True
    device = f"/dev/{section.get('device', '')}"
    temperature = None if spun_down else _temperature(section)
    size = device_size(section)
    return UnassignedDevice(
        name=name,
        device=device,
        device_base=device,
        id=masked_id(section.get("id", "")),
        status="standby" if spun_down else "active",
        spun_down=spun_down,
        temperature=temperature,
        temperature_state=thresholds.temperature_state(temperature, section, _own(section, own_limits)),
        size=size_text(size),
        size_bytes=size,
        rotational=flag(section, "rotational"),
    )


def pool_of(name: str) -> str:
    """The pool of a member: ``cache`` for ``cache2``, ``tank`` for ``tank~special2``. Pool names end in no digit."""
    return name.partition("~")[0].rstrip("0123456789") or name


def device_size(section: Section) -> int:
    """Bytes of a device: by its sectors where they are given (7.x), else by its KiB."""
    by_sectors = count(section, "sectors") * count(section, "sector_size")
    return by_sectors if 0 < by_sectors <= LARGEST * KIB else count(section, "size") * KIB


def _recorded_size(section: Section) -> int:
    return (count(section, "sizeSb") or count(section, "size")) * KIB


def _partition(base: str) -> str:
    return f"{base}p1" if base[-1].isdigit() else f"{base}1"


def _own(section: Section, own_limits: OwnLimits) -> Limits:
    """Return the drive's own limits: only NVMe drives have any."""
    return own_limits(section.get("device", ""), section.get("id", "")) if section.get("transport") == "nvme" else NONE


def _temperature(section: Section) -> int | None:
    """Return emhttpd's own °C. Where it has none, SMART's last is of another time or of another drive."""
    temperature = whole(section, "temp")
    return temperature if temperature and COLDEST <= temperature <= HOTTEST else None


def _is_encrypted(section: Section) -> bool:
    """Return whether the device is encrypted; luksState 0 with a LUKS type is one that will be, once formatted."""
    if section.get("luksState"):
        return count(section, "luksState") > 0 or _is_mounted_luks(section)
    return section.get("fsType", "").startswith("luks:")


def _is_mounted_luks(section: Section) -> bool:
    return section.get("fsStatus") == "Mounted" and section.get("fsType", "").startswith("luks:")


def _rotational(slot: Slot) -> bool | None:
    if slot.is_gone:
        return None
    # A flash drive says it rotates.
    return False if slot.kind is Kind.FLASH else flag(slot.section, "rotational")


def _space(file_system: Section, kind: Kind) -> _Space | None:
    if file_system.get("fsStatus") != "Mounted":
        return None
    size, used, free = (count(file_system, key) for key in ("fsSize", "fsUsed", "fsFree"))
    if _file_system_name(file_system) == "btrfs":
        size = used + free
    # The webGUI's two ways: of a pool what is used counts, elsewhere what is not free.
    taken = used if kind is Kind.POOL else size - free
    percent = min(100.0, max(0.0, 100 * taken / size)) if size else 0.0
    return _Space(used * KIB, free * KIB, round(percent, 1), int(percent + 0.5))


def _file_system_name(file_system: Section) -> str | None:
    return file_system.get("fsType", "").removeprefix("luks:") or None
