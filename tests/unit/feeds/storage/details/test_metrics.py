"""Metrics of storage's details."""

from tests.support.storage import CACHE, STARTED
from uma.feeds.storage.details.btrfs import NO_SCRUB
from uma.feeds.storage.details.metrics import METRICS
from uma.feeds.storage.details.model import DiskDetails, Mover, Pool, StorageDetails

POOL = Pool("cache", "btrfs", "online", 2, NO_SCRUB, "none", 1000, 400, 600, 40.0, 2.0, 1, 0, "2026-11-29T12:00:00Z")
DISK = DiskDetails("disk1", "WDC", "1A2B", None, 3, 60, 5, None, None, None, {}, (), None)
DETAILS = StorageDetails(
    disks=(DISK,),
    pools=(POOL,),
    boot_disks=(),
    mover=Mover(running=True, started_at=None, last_finished_at=None, schedule=None),
)


def samples(name):
    (family,) = (family for family in METRICS if family.name == name)
    found = family.values(DETAILS)
    return found if isinstance(found, float) else list(found)


def test_pools_and_disks_have_samples():
    """A pool has its labels, and days become seconds; unknown values are left out."""
    assert samples("uma_pool_online") == [({"pool": "cache"}, 1.0)]
    assert samples("uma_pool_full_seconds") == [({"pool": "cache"}, 172800)]
    assert samples("uma_disk_read_bytes_per_second") == [({"slot": "disk1"}, 5)]
    assert samples("uma_disk_written_bytes_per_second") == [({"slot": "disk1"}, None)]
    assert samples("uma_mover_running") == 1.0


def test_every_family_has_samples():
    """Every family of the table works with an ordinary message."""
    assert CACHE.pool == STARTED.cache_disks[0].pool
    for family in METRICS:
        assert samples(family.name)
