"""Pools: their members from ``storage/status``, their state from the kernel."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from uma.feeds.ini_values import Section
from uma.feeds.recording import read_recording
from uma.feeds.storage.details.btrfs import NO_SCRUB, UNKNOWN_SCRUB, BtrfsPool, read_btrfs_pool, read_scrub
from uma.feeds.storage.details.model import Pool, Scrub
from uma.feeds.storage.details.zfs import read_noted_states, read_zfs_state
from uma.feeds.storage.model import PoolDisk, StorageStatus
from uma.host import Host

MISSING: Final = "missing"


@dataclass(frozen=True, slots=True)
class KernelPool:
    """One pool as the kernel and the webGUI's monitor report it, without querying a
    disk.
    """

    state: str | None
    btrfs: BtrfsPool | None
    scrub: Scrub


def members_of(status: StorageStatus) -> Mapping[str, tuple[PoolDisk, ...]]:
    """Group the pools' members by pool, in the order of *status*."""
    pools: dict[str, tuple[PoolDisk, ...]] = {}
    for disk in status.cache_disks:
        pools[disk.pool] = (*pools.get(disk.pool, ()), disk)
    return pools


def read_kernel_pools(
    host: Host, status: StorageStatus, sections: Mapping[str, Section], *, now: float
) -> Mapping[str, KernelPool]:
    """Read the state of every mounted pool of *status* by name.

    *sections* are those of disks.ini; a pool's first member has its UUID. *now* is Unix
    time. A demo's pools are recorded. Blocks.
    """
    file_systems = {pool: _file_system(members) for pool, members in members_of(status).items()}
    noted = read_noted_states(host) if any(file_systems.values()) else {}
    recorded = read_recording(host, "pools", dict[str, KernelPool]) or {}
    return {
        pool: recorded.get(pool)
        or _read_kernel_pool(
            host, pool, file_system, noted.get(pool), uuid=sections.get(pool, {}).get("uuid", ""), now=now
        )
        for pool, file_system in file_systems.items()
        if file_system is not None
    }


def pools_from(
    status: StorageStatus,
    kernel: Mapping[str, KernelPool],
    *,
    as_of: str,
    full_in_days: Callable[[PoolDisk], float | None],
) -> Iterator[Pool]:
    """Build each pool of the message. *full_in_days* returns the days until the pool of
    a first member is full.
    """
    for name, members in members_of(status).items():
        first, known = members[0], kernel.get(name)
        btrfs = known.btrfs if known else None
        missing = max(sum(disk.status == MISSING for disk in members), btrfs.missing if btrfs else 0)
        size = None if first.used_bytes is None or first.free_bytes is None else first.used_bytes + first.free_bytes
        yield Pool(
            name=name,
            filesystem=first.filesystem,
            state=known.state if known else None,
            errors_total=btrfs.errors_total if btrfs else None,
            scrub=known.scrub if known else UNKNOWN_SCRUB,
            operation=btrfs.operation if btrfs else None,
            size_bytes=size,
            used_bytes=first.used_bytes,
            free_bytes=first.free_bytes,
            usage_percent=first.usage_percent,
            full_in_days=full_in_days(first),
            members=len(members),
            members_missing=missing,
            as_of=as_of,
        )


def _file_system(members: tuple[PoolDisk, ...]) -> str | None:
    return members[0].filesystem


def _read_kernel_pool(
    host: Host, pool: str, file_system: str, noted: str | None, *, uuid: str, now: float
) -> KernelPool:
    if file_system == "zfs":
        # The monitor's word may be a minute old, and is "unknown" if zpool failed; but
        # only it includes errors.
        state = read_zfs_state(host, pool)
        has_errors = state == "online" and noted is not None and noted.startswith("online")
        return KernelPool(noted if has_errors else state, None, UNKNOWN_SCRUB)
    if file_system == "btrfs":
        btrfs = read_btrfs_pool(host, uuid)
        state = None if btrfs is None else "degraded" if btrfs.missing else "online"
        return KernelPool(state, btrfs, read_scrub(host, uuid, now=now))
    # A file system of one device is either present or not.
    return KernelPool("online", None, NO_SCRUB)
