"""The array, its pools and every device, as Unraid's webGUI says them (wire contract, section 4).

Sizes come twice: as bytes, and as the webGUI's own text without the space (``8TB``).
None means "not known now": a spun-down disk has no temperature, an unmounted one no used space.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Disk:
    """One device in an array slot, a pool or at boot; all of it is None-able that a missing device can't tell.

    ``device`` is what the file system is on (``/dev/sdb1`` in the array, the whole device elsewhere), ``device_base``
    the whole device, both None for a device that is gone. ``status``: active, standby, disabled, emulated, missing,
    invalid, wrong, new, rebuilding or syncing. ``temperature`` in whole °C. ``id`` has its serial cut to 4 characters.
    ``health``: passed, failed, unknown; ``temperature_state``: ok, hot, critical; ``usage_state``: ok, warning,
    critical.
    """

    name: str
    device: str | None
    status: str
    temperature: int | None
    size: str
    used: str | None
    free: str | None
    device_base: str | None
    id: str | None
    size_bytes: int
    used_bytes: int | None
    free_bytes: int | None
    usage_percent: float | None
    usage_state: str | None
    temperature_state: str | None
    spun_down: bool
    errors: int
    health: str
    filesystem: str | None
    encrypted: bool
    rotational: bool | None


@dataclass(frozen=True, slots=True)
class PoolDisk(Disk):
    """A pool's member; ``pool`` is the pool's name without number or subpool (``tank`` for ``tank~special2``)."""

    pool: str


@dataclass(frozen=True, slots=True)
class UnassignedDevice:
    """A device in no slot, from devs.ini; ``status`` is active or standby."""

    name: str
    device: str
    device_base: str
    id: str | None
    status: str
    spun_down: bool
    temperature: int | None
    temperature_state: str | None
    size: str
    size_bytes: int
    rotational: bool | None


@dataclass(frozen=True, slots=True)
class ParityResult:
    """How the last parity operation ended: ``at`` is its end (RFC 3339), ``result`` ok, cancelled or failed."""

    at: str
    duration_seconds: int
    result: str
    errors: int


@dataclass(frozen=True, slots=True)
class ParityCheck:
    """The parity operation that runs, is paused, or ran last.

    ``action``: check, correcting_check, read_check, sync, rebuild, clear, or None if none ever ran. ``status``: idle,
    running, paused. ``percent`` is None when idle; speed and ETA also when paused or not measured yet.
    """

    action: str | None
    status: str
    percent: float | None
    speed_bytes_per_sec: int | None
    eta_seconds: int | None
    errors: int
    last: ParityResult | None


@dataclass(frozen=True, slots=True)
class StorageStatus:
    """Everything about storage, read whole. ``array_status`` and ``array_protection`` use the contract's words."""

    kind: ClassVar[str] = "storage_status"
    retained: ClassVar[bool] = True

    array_status: str
    array_protection: str
    disks: tuple[Disk, ...]
    cache_disks: tuple[PoolDisk, ...]
    parity_disks: tuple[Disk, ...]
    boot: Disk | None
    unassigned: tuple[UnassignedDevice, ...]
    parity_check: ParityCheck
