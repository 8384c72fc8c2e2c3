"""Metric families of each device: its place, figures and SMART values."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from uma.feeds.feed import Counter, Gauge, Labels, Sample, one_hot, ratio
from uma.feeds.feed.fields import rule_of
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.model import Disk, StorageStatus, UnassignedDevice

if TYPE_CHECKING:
    from uma.feeds.storage.observer import StorageObserver

DISK: Final = ("disk", "role", "pool")
"""Labels of a device's place."""

AnyDisk = Disk | UnassignedDevice


def disks_of(status: StorageStatus) -> Iterator[tuple[Labels, AnyDisk]]:
    """Yield every device with the labels of its place, which don't depend on its
    contents.
    """
    for role, disks in (("parity", status.parity_disks), ("data", status.disks)):
        for disk in disks:
            yield {"disk": disk.name, "role": role, "pool": ""}, disk
    for member in status.cache_disks:
        yield {"disk": member.name, "role": "pool", "pool": member.pool}, member
    if status.boot is not None:
        yield {"disk": status.boot.name, "role": "boot", "pool": ""}, status.boot
    for device in status.unassigned:
        yield {"disk": device.name, "role": "unassigned", "pool": ""}, device


def _each_disk(value: Callable[[AnyDisk], float | None]) -> Callable[[StorageStatus], Iterator[Sample]]:
    return lambda status: ((labels, value(disk)) for labels, disk in disks_of(status))


def _each_slot(value: Callable[[Disk], float | None]) -> Callable[[StorageStatus], Iterator[Sample]]:
    """Leave out the unassigned devices, about which Unraid knows less."""
    return _each_disk(lambda disk: value(disk) if isinstance(disk, Disk) else None)


def _each_disk_one_hot(
    name: str, field: str, word: Callable[[AnyDisk], str | None]
) -> Callable[[StorageStatus], Iterator[Sample]]:
    words = rule_of(Disk, field).words
    return lambda status: (
        sample for labels, disk in disks_of(status) for sample in one_hot(name, words, word(disk), labels)
    )


def _each_reading(
    values: Callable[[SmartReading], Iterable[Sample]],
) -> Callable[["StorageObserver"], Iterator[Sample]]:
    """Yield the samples of each present drive whose SMART data has been read."""

    def every(source: "StorageObserver") -> Iterator[Sample]:
        for labels, disk in () if source.newest is None else disks_of(source.newest):
            reading = source.readings.get(disk.name)
            if reading is not None and disk.device_base is not None:
                for added, value in values(reading):
                    yield {**labels, **added}, value

    return every


def _info(status: StorageStatus) -> Iterator[Sample]:
    for labels, disk in disks_of(status):
        filesystem = disk.filesystem if isinstance(disk, Disk) else None
        yield {**labels, "device": disk.device_base or "", "id": disk.id or "", "filesystem": filesystem or ""}, 1


def _is_healthy(disk: Disk) -> float | None:
    return {"passed": 1.0, "failed": 0.0}.get(disk.health)


def _usage_state(disk: AnyDisk) -> str | None:
    return disk.usage_state if isinstance(disk, Disk) else None


def _raw_values(reading: SmartReading) -> Iterator[Sample]:
    for number, raw in sorted(reading.attributes.items()):
        yield {"attribute": str(number)}, raw


def _powered(reading: SmartReading) -> Iterator[Sample]:
    yield {}, None if reading.power_on_hours is None else reading.power_on_hours * 3600


def _wear(reading: SmartReading) -> Iterator[Sample]:
    yield {}, ratio(reading.wear_percent)


def _defects(reading: SmartReading) -> Iterator[Sample]:
    yield {}, reading.grown_defects


def _uncorrected(reading: SmartReading) -> Iterator[Sample]:
    yield {}, reading.uncorrected_errors


METRICS = (
    Gauge(
        "uma_disk_info",
        "Always 1; the labels describe the drive in the slot.",
        _info,
        labels=(*DISK, "device", "id", "filesystem"),
    ),
    Gauge(
        "uma_disk_status",
        "1 for the status the disk has.",
        _each_disk_one_hot("status", "status", lambda disk: disk.status),
        labels=(*DISK, "status"),
    ),
    Gauge(
        "uma_disk_spun_down",
        "1 while the disk sleeps.",
        _each_disk(lambda disk: float(disk.spun_down)),
        labels=DISK,
    ),
    Gauge(
        "uma_disk_temperature_celsius",
        "Temperature of a disk that is awake.",
        _each_disk(lambda disk: disk.temperature),
        labels=DISK,
    ),
    Gauge(
        "uma_disk_temperature_state",
        "1 for the temperature's state by the thresholds set in Unraid.",
        _each_disk_one_hot("state", "temperature_state", lambda disk: disk.temperature_state),
        labels=(*DISK, "state"),
    ),
    Gauge(
        "uma_disk_size_bytes",
        "Size of the device.",
        _each_disk(lambda disk: disk.size_bytes),
        labels=DISK,
    ),
    Gauge(
        "uma_disk_used_bytes",
        "Space used in its file system.",
        _each_slot(lambda disk: disk.used_bytes),
        labels=DISK,
    ),
    Gauge(
        "uma_disk_free_bytes",
        "Space free in its file system.",
        _each_slot(lambda disk: disk.free_bytes),
        labels=DISK,
    ),
    Gauge(
        "uma_disk_usage_state",
        "1 for the usage's state by the limits set in Unraid.",
        _each_disk_one_hot("state", "usage_state", _usage_state),
        labels=(*DISK, "state"),
    ),
    Counter(
        "uma_disk_errors_total",
        "Read and write errors since the statistics were cleared.",
        _each_slot(lambda disk: disk.errors),
        labels=DISK,
    ),
    Gauge(
        "uma_disk_smart_healthy",
        "1 if the disk passes SMART, 0 if not.",
        _each_slot(_is_healthy),
        labels=DISK,
    ),
    Gauge(
        "uma_disk_smart_raw_value",
        "Raw value of a SMART attribute that Unraid watches.",
        _each_reading(_raw_values),
        of="source",
        labels=(*DISK, "attribute"),
    ),
    Gauge(
        "uma_disk_power_on_seconds",
        "Time the drive has been powered.",
        _each_reading(_powered),
        of="source",
        labels=DISK,
    ),
    Gauge(
        "uma_disk_wear_ratio",
        "Share of the drive's endurance that is used up; may exceed 1.",
        _each_reading(_wear),
        of="source",
        labels=DISK,
    ),
    Gauge(
        "uma_disk_grown_defects",
        "Sectors that a SAS drive has replaced in use.",
        _each_reading(_defects),
        of="source",
        labels=DISK,
    ),
    Gauge(
        "uma_disk_uncorrected_errors",
        "Errors that a SAS or NVMe drive could not correct in its life.",
        _each_reading(_uncorrected),
        of="source",
        labels=DISK,
    ),
)
