"""Details of disks and pools, and the events of storage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import COUNT, MOMENT, ON_DEMAND, PERCENT, SECONDS, SERIAL, Doc, KnownWords

ACTIONS = (
    "array_started",
    "array_stopped",
    "protection_changed",
    "disk_spun_up",
    "disk_spun_down",
    "disk_state_changed",
    "temperature_state_changed",
    "usage_state_changed",
    "errors_increased",
    "health_changed",
    "smart_attribute_changed",
    "parity_started",
    "parity_paused",
    "parity_resumed",
    "parity_finished",
    "pool_state_changed",
    "mover_started",
    "mover_finished",
    "device_added",
    "device_removed",
)


@dataclass(frozen=True, slots=True)
class PoolErrors:
    """Errors that btrfs has counted on one member since its creation or the
    last reset.
    """

    about: ClassVar[str] = "Errors that btrfs has counted on one member of a pool."

    write: Annotated[int, Doc("Writes that failed."), COUNT]
    read: Annotated[int, Doc("Reads that failed."), COUNT]
    flush: Annotated[int, Doc("Flushes that failed."), COUNT]
    corruption: Annotated[int, Doc("Blocks with a wrong checksum."), COUNT]
    generation: Annotated[int, Doc("Blocks of an older generation than expected."), COUNT]


@dataclass(frozen=True, slots=True)
class DiskDetails:
    """One device of ``storage/status``."""

    about: ClassVar[str] = "Details of one device beyond storage/status."

    name: Annotated[str, Doc("The slot, as in storage/status.")]
    model: Annotated[str | None, Doc("The drive's model; null for flash and for a disk that is gone.")]
    serial_tail: Annotated[str | None, Doc("The last 4 characters of the serial; null like the model.")]
    spun_up_since: Annotated[
        str | None, Doc("When it spun up, if that was seen; null while it sleeps and for flash."), MOMENT
    ]
    spin_ups_today: Annotated[
        int | None, Doc("Spin-ups since local midnight, or since the daemon's start; null for flash."), COUNT
    ]
    awake_seconds_today: Annotated[
        int | None, Doc("Seconds awake since local midnight, or since the daemon's start; null for flash."), SECONDS
    ]
    read_bytes_per_sec: Annotated[int | None, Doc("Bytes read a second."), COUNT, ON_DEMAND]
    write_bytes_per_sec: Annotated[int | None, Doc("Bytes written a second."), COUNT, ON_DEMAND]
    full_in_days: Annotated[
        float | None,
        Doc("Days until it is full, by a straight line through the last 7 days; null if it does not fill up."),
        COUNT,
    ]
    pool_errors: Annotated[PoolErrors | None, Doc("Errors counted by btrfs; null for other file systems.")]
    watched_attributes: Annotated[
        Mapping[str, int], Doc("SMART values that should be 0 and are not, by name, as last read.")
    ]
    failing_attributes: Annotated[
        tuple[str, ...], Doc("SMART attributes at or below their thresholds now, by name, as last read.")
    ]
    mount_error: Annotated[
        str | None,
        Doc("Why its file system can't be mounted, in Unraid's words; null if it is mounted or need not be."),
    ]


@dataclass(frozen=True, slots=True)
class Scrub:
    """The running or last scrub, as far as it is known without querying a disk."""

    about: ClassVar[str] = "The scrub that runs, or ran last since the server booted."

    status: Annotated[
        str, Doc("What it does."), KnownWords("idle", "running", "finished", "cancelled", "interrupted", "unknown")
    ]
    percent: Annotated[float | None, Doc("How much is done; null unless it runs."), PERCENT]
    errors: Annotated[int | None, Doc("Errors found; null if none ran since boot."), COUNT]
    finished_at: Annotated[str | None, Doc("When the last one ended; null if not known."), MOMENT]


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool."""

    about: ClassVar[str] = "One pool."

    name: Annotated[str, Doc("The pool's name in Unraid.")]
    filesystem: Annotated[str | None, Doc("btrfs, zfs, xfs, …; null if it is not mounted.")]
    state: Annotated[
        str | None,
        Doc("Its state in lower case; null if not known now."),
        KnownWords("online", "degraded", "faulted", "offline", "unavail", "removed", "suspended", "online - errors"),
    ]
    errors_total: Annotated[int | None, Doc("Errors of all members; null if only `zpool` knows."), COUNT]
    scrub: Annotated[Scrub, Doc("The scrub that runs, or ran last.")]
    operation: Annotated[
        str | None,
        Doc("A running operation, such as balance or resize; none; null if not known."),
        KnownWords("none", "balance", "balance_paused", "device_add", "device_remove", "device_replace", "resize"),
    ]
    size_bytes: Annotated[int | None, Doc("Its size; null if it is not mounted."), COUNT]
    used_bytes: Annotated[int | None, Doc("Space used; null if it is not mounted."), COUNT]
    free_bytes: Annotated[int | None, Doc("Space free; null if it is not mounted."), COUNT]
    usage_percent: Annotated[float | None, Doc("Space used, in percent; null if it is not mounted."), PERCENT]
    full_in_days: Annotated[float | None, Doc("Days until it is full, as of a disk."), COUNT]
    members: Annotated[int, Doc("Members that should be there."), COUNT]
    members_missing: Annotated[int, Doc("Members that are not."), COUNT]
    as_of: Annotated[str, Doc("When this was read."), MOMENT]


@dataclass(frozen=True, slots=True)
class BootDisk:
    """One member of the boot pool, or the flash drive."""

    about: ClassVar[str] = "One member of the boot pool, or the flash drive."

    name: Annotated[str, Doc("Its slot.")]
    device: Annotated[str | None, Doc("The device; null if it is gone.")]
    status: Annotated[str, Doc("As a disk's status in storage/status.")]
    read_only: Annotated[
        bool | None, Doc("Whether /boot is mounted read-only, as after errors of the drive; null if it is not known.")
    ]


@dataclass(frozen=True, slots=True)
class Mover:
    """Unraid's mover."""

    about: ClassVar[str] = "Unraid's mover, which moves files between pools and the array."

    running: Annotated[bool, Doc("Whether it runs now.")]
    started_at: Annotated[str | None, Doc("When it started; null while it does not run."), MOMENT]
    last_finished_at: Annotated[str | None, Doc("When it last ended; null if that was not seen."), MOMENT]
    schedule: Annotated[str | None, Doc("Its schedule, as cron writes it; null if there is none.")]


@dataclass(frozen=True, slots=True)
class StorageDetails:
    """Details of every device and pool."""

    kind: ClassVar[str] = "storage_details"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Pools, awake time, rates, what fills up, and the mover."

    disks: Annotated[tuple[DiskDetails, ...], Doc("Every device of storage/status, by slot name.")]
    pools: Annotated[tuple[Pool, ...], Doc("Every pool.")]
    boot_disks: Annotated[tuple[BootDisk, ...], Doc("Every member of the boot pool, or the flash drive.")]
    mover: Annotated[Mover, Doc("Unraid's mover.")]


@dataclass(frozen=True, slots=True)
class StorageEvent:
    """One change between two valid states. ``from_`` and ``to`` are words, or numbers
    as text.
    """

    kind: ClassVar[str] = "storage_event"
    retained: ClassVar[bool] = False
    about: ClassVar[str] = "Changes in storage, for automations that need no diff of their own."

    action: Annotated[str, Doc("What happened."), KnownWords(*ACTIONS)]
    subject: Annotated[str, Doc("The slot, the pool, the device, array, parity or mover.")]
    from_: Annotated[str | None, Doc("The word before; null without one.")]
    to: Annotated[str | None, Doc("The word now; null without one.")]
    detail: Annotated[str, Doc("The same as a sentence for a person.")]
    seq: Annotated[int, Doc("The event's number: it rises by one in the daemon's life."), SERIAL]
