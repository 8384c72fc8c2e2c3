"""The array, its pools and every device, in the webGUI's terms.

Sizes come twice: as bytes, and as the webGUI's own text without the space (``8TB``).
None means "not known now": a spun-down disk has no temperature, an unmounted one no
used space.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from uma.feeds.feed.fields import CELSIUS, COUNT, MOMENT, PERCENT, SIZE, Doc, KnownWords, Words

DISK_STATUS: Final = KnownWords(
    "active", "standby", "disabled", "emulated", "missing", "invalid", "wrong", "new", "rebuilding", "syncing"
)


@dataclass(frozen=True, slots=True)
class Disk:
    """One device in an array slot, a pool or at boot. Fields that a missing device
    can't report are None.

    ``device`` holds the file system (``/dev/sdb1`` in the array, the whole device
    elsewhere), ``device_base`` the whole device, both None for a missing device.
    ``status``: active, standby, disabled, emulated, missing, invalid, wrong, new,
    rebuilding or syncing. ``temperature`` in whole °C. ``id`` has its serial cut to 4
    characters. ``health``: passed, failed, unknown; ``temperature_state``: ok, hot,
    critical; ``usage_state``: ok, warning, critical.
    """

    about: ClassVar[str] = "A device in an array slot or at boot."

    name: Annotated[str, Doc("The slot, as Unraid names it: disk1, parity, cache2, flash.")]
    device: Annotated[
        str | None,
        Doc("Device of the file system: a partition in the array, else the whole device. Null for a missing disk."),
    ]
    status: Annotated[str, Doc("State of the disk; standby is spun down."), DISK_STATUS]
    temperature: Annotated[int | None, Doc("Whole °C; null when spun down or without a sensor."), CELSIUS]
    size: Annotated[str, Doc("The device's size as the webGUI writes it, without the space."), SIZE]
    used: Annotated[str | None, Doc("Used space as the webGUI writes it; null where no file system is mounted."), SIZE]
    free: Annotated[str | None, Doc("Free space as the webGUI writes it; null where no file system is mounted."), SIZE]
    device_base: Annotated[str | None, Doc("The whole disk; null for a gone one.")]
    id: Annotated[
        str | None,
        Doc("Model and serial, the serial cut to its last 4 characters; null for flash and for a gone disk."),
    ]
    size_bytes: Annotated[int, Doc("The device's size in bytes."), COUNT]
    used_bytes: Annotated[int | None, Doc("Used space in bytes; null where no file system is mounted."), COUNT]
    free_bytes: Annotated[int | None, Doc("Free space in bytes; null where no file system is mounted."), COUNT]
    usage_percent: Annotated[
        float | None, Doc("Used space in percent, one decimal; null where no file system is mounted."), PERCENT
    ]
    usage_state: Annotated[
        str | None, Doc("Usage against the user's limits; null without used."), Words("ok", "warning", "critical")
    ]
    temperature_state: Annotated[
        str | None, Doc("Temperature against the user's thresholds; null without one."), Words("ok", "hot", "critical")
    ]
    spun_down: Annotated[bool, Doc("Whether the disk sleeps.")]
    errors: Annotated[int, Doc("Read and write errors that Unraid has counted."), COUNT]
    health: Annotated[str, Doc("SMART's overall verdict, as last read."), Words("passed", "failed", "unknown")]
    filesystem: Annotated[str | None, Doc("Without a luks: prefix; null when nothing is mounted.")]
    encrypted: Annotated[bool, Doc("Whether the file system is in a LUKS container.")]
    rotational: Annotated[bool | None, Doc("Whether it is a hard disk; null for a gone one.")]


@dataclass(frozen=True, slots=True)
class PoolDisk(Disk):
    """A pool's member; ``pool`` is the pool's name without number or subpool
    (``tank`` for ``tank~special2``).
    """

    about: ClassVar[str] = "A pool's member."

    pool: Annotated[str, Doc("The pool's name, without number or subpool.")]


@dataclass(frozen=True, slots=True)
class UnassignedDevice:
    """A device in no slot, from devs.ini; ``status`` is active or standby."""

    about: ClassVar[str] = "A device in no slot."

    name: Annotated[str, Doc("Unraid's name for it: dev1, dev2. It changes with the order of plugging in.")]
    device: Annotated[str, Doc("The whole device.")]
    device_base: Annotated[str, Doc("The whole device.")]
    id: Annotated[
        str | None, Doc("Model and serial, the serial cut to its last 4 characters; null if Unraid has none.")
    ]
    status: Annotated[str, Doc("Whether it sleeps."), Words("active", "standby")]
    spun_down: Annotated[bool, Doc("Whether it sleeps.")]
    temperature: Annotated[int | None, Doc("Whole °C; null when spun down or without a sensor."), CELSIUS]
    temperature_state: Annotated[
        str | None, Doc("Temperature against the user's thresholds; null without one."), Words("ok", "hot", "critical")
    ]
    size: Annotated[str, Doc("The device's size as the webGUI writes it, without the space."), SIZE]
    size_bytes: Annotated[int, Doc("The device's size in bytes."), COUNT]
    rotational: Annotated[bool | None, Doc("Whether it is a hard disk; null if not known.")]
    health: Annotated[str, Doc("SMART's overall verdict, as last read."), Words("passed", "failed", "unknown")]


@dataclass(frozen=True, slots=True)
class ParityResult:
    """Result of the last parity operation: ``at`` is its end (RFC 3339), ``result`` ok,
    cancelled or failed.
    """

    about: ClassVar[str] = "How a parity operation ended."

    at: Annotated[str, Doc("When it ended."), MOMENT]
    duration_seconds: Annotated[int, Doc("How long it ran; 0 if Unraid's log has no number."), COUNT]
    result: Annotated[str, Doc("How it ended."), Words("ok", "cancelled", "failed")]
    errors: Annotated[int, Doc("Found by it."), COUNT]


@dataclass(frozen=True, slots=True)
class ParityCheck:
    """The running, paused or last parity operation.

    ``action``: check, correcting_check, read_check, sync, rebuild, clear, or None if
    none ever ran. ``status``: idle, running, paused. ``percent`` is None when idle;
    speed and ETA also when paused or not measured yet.
    """

    about: ClassVar[str] = "A parity operation."

    action: Annotated[
        str | None,
        Doc("What it does; null if none ever ran."),
        Words("check", "correcting_check", "read_check", "sync", "rebuild", "clear"),
    ]
    status: Annotated[str, Doc("Whether it is under way."), Words("idle", "running", "paused")]
    percent: Annotated[float | None, Doc("How far it is; null when idle."), PERCENT]
    speed_bytes_per_sec: Annotated[int | None, Doc("Null when idle, paused or not measured yet."), COUNT]
    eta_seconds: Annotated[int | None, Doc("To its end; null when idle, paused or not measured yet."), COUNT]
    errors: Annotated[int, Doc("Found so far, or by the last run."), COUNT]
    last: Annotated[ParityResult | None, Doc("How the last one ended; null if none did.")]


@dataclass(frozen=True, slots=True)
class StorageStatus:
    """Everything about storage, in one valid reading. ``array_status`` and
    ``array_protection`` use the wire's words.
    """

    kind: ClassVar[str] = "storage_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "The array, its pools and every device."

    array_status: Annotated[
        str,
        Doc("What the array is doing."),
        KnownWords(
            "started", "stopped", "starting", "stopping", "maintenance", "formatting", "copying", "clearing", "unknown"
        ),
    ]
    array_protection: Annotated[
        str,
        Doc("Whether the array would survive the loss of a disk."),
        Words("none", "degraded", "rebuilding", "syncing", "invalid", "unprotected", "protected", "unknown"),
    ]
    disks: Annotated[tuple[Disk, ...], Doc("Data disks of the array.")]
    cache_disks: Annotated[tuple[PoolDisk, ...], Doc("Every pool's members.")]
    parity_disks: Annotated[tuple[Disk, ...], Doc("Parity disks of the array.")]
    boot: Annotated[Disk | None, Doc("The flash drive, or the boot pool's first member.")]
    unassigned: Annotated[tuple[UnassignedDevice, ...], Doc("Devices in no slot.")]
    parity_check: Annotated[ParityCheck, Doc("The parity operation that runs, is paused, or ran last.")]
