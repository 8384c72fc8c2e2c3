"""Metrics of pools, of disks' rates and time awake, and of the mover."""

from collections.abc import Callable, Iterable, Iterator

from uma.feeds.feed import Gauge, Sample
from uma.feeds.storage.details.model import DiskDetails, Pool, StorageDetails

DAY_SECONDS = 86400


def _each_pool(value: Callable[[Pool], float | None]) -> Callable[[StorageDetails], Iterable[Sample]]:
    def samples(details: StorageDetails) -> Iterator[Sample]:
        for pool in details.pools:
            yield {"pool": pool.name}, value(pool)

    return samples


def _each_disk(value: Callable[[DiskDetails], float | None]) -> Callable[[StorageDetails], Iterable[Sample]]:
    def samples(details: StorageDetails) -> Iterator[Sample]:
        for disk in details.disks:
            yield {"slot": disk.name}, value(disk)

    return samples


def _in_seconds(days: float | None) -> float | None:
    return None if days is None else days * DAY_SECONDS


METRICS = (
    Gauge(
        "uma_pool_online",
        "1 if the pool is online and without errors.",
        _each_pool(lambda pool: None if pool.state is None else float(pool.state == "online")),
    ),
    Gauge("uma_pool_size_bytes", "Size of the pool.", _each_pool(lambda pool: pool.size_bytes)),
    Gauge("uma_pool_used_bytes", "Space used in the pool.", _each_pool(lambda pool: pool.used_bytes)),
    Gauge("uma_pool_members_missing", "Members that are missing.", _each_pool(lambda pool: pool.members_missing)),
    Gauge(
        "uma_pool_errors",
        "Errors that the pool's members have counted since they were reset.",
        _each_pool(lambda pool: pool.errors_total),
    ),
    Gauge(
        "uma_pool_full_seconds",
        "Seconds until the pool is full, by a straight line through a week.",
        _each_pool(lambda pool: _in_seconds(pool.full_in_days)),
    ),
    Gauge(
        "uma_disk_full_seconds",
        "Seconds until the disk is full, by a straight line through a week.",
        _each_disk(lambda disk: _in_seconds(disk.full_in_days)),
    ),
    Gauge("uma_disk_read_bytes_per_second", "Bytes read a second.", _each_disk(lambda disk: disk.read_bytes_per_sec)),
    Gauge(
        "uma_disk_written_bytes_per_second",
        "Bytes written a second.",
        _each_disk(lambda disk: disk.write_bytes_per_sec),
    ),
    Gauge(
        "uma_disk_spin_ups_today",
        "Spin-ups since local midnight or UMA's start.",
        _each_disk(lambda disk: disk.spin_ups_today),
    ),
    Gauge(
        "uma_disk_awake_seconds_today",
        "Seconds awake since local midnight or UMA's start.",
        _each_disk(lambda disk: disk.awake_seconds_today),
    ),
    Gauge("uma_mover_running", "1 while the mover runs.", lambda details: float(details.mover.running)),
)
