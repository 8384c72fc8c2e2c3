"""Pools from their members and the kernel."""

from dataclasses import replace

import msgspec
import pytest

from tests.support.storage import CACHE, STARTED
from uma.feeds import ini
from uma.feeds.files import read_optional
from uma.feeds.storage.details.btrfs import COUNTERS, BtrfsPool
from uma.feeds.storage.details.model import PoolErrors, Scrub
from uma.feeds.storage.details.pools import KernelPool, pools_from, read_kernel_pools
from uma.host import Host

UUID = "f00dcafe-1111-2222-3333-444455556666"
SECOND = replace(CACHE, name="cache2", device_base="/dev/nvme1n1", used_bytes=None, free_bytes=None, filesystem=None)
TANK = replace(CACHE, name="tank", pool="tank", filesystem="zfs")
PLAIN = replace(CACHE, name="plain", pool="plain", filesystem="xfs")
STOPPED = replace(CACHE, name="off", pool="off", filesystem=None, used_bytes=None, free_bytes=None)


def pools_of(root, *members):
    status = replace(STARTED, cache_disks=members)
    host = Host(root)
    sections = ini.parse(read_optional(host.state / "disks.ini"))
    kernel = read_kernel_pools(host, status, sections, now=0)
    return {pool.name: pool for pool in pools_from(status, kernel, as_of="now", full_in_days=lambda disk: 4.0)}


def btrfs(root, missing="0"):
    state = root / "var/local/emhttp"
    state.mkdir(parents=True)
    (state / "disks.ini").write_text(f'["cache"]\nuuid="{UUID}"\n["cache2"]\nuuid=""\n')
    folder = root / "sys/fs/btrfs" / UUID / "devinfo"
    for number in "12":
        (folder / number).mkdir(parents=True)
        (folder / number / "missing").write_text(missing if number == "2" else "0")
        counters = (f"{name}_errs {int(name == 'read')}\n" for name in COUNTERS)
        (folder / number / "error_stats").write_text("".join(counters))
    (folder.parent / "exclusive_operation").write_text("none\n")


def test_a_btrfs_pool(tmp_path):
    """Members, errors and operation of a btrfs pool; its size is used plus free."""
    btrfs(tmp_path)

    pool = pools_of(tmp_path, CACHE, SECOND)["cache"]

    assert (pool.state, pool.members, pool.members_missing, pool.errors_total) == ("online", 2, 0, 2)
    assert (pool.operation, pool.size_bytes, pool.full_in_days) == ("none", 10**12, 4.0)
    assert pool.scrub.status == "idle"


def test_a_member_that_only_the_kernel_misses(tmp_path):
    """A member is missing if Unraid or the kernel says so."""
    btrfs(tmp_path, missing="1")

    by_kernel = pools_of(tmp_path, CACHE, SECOND)["cache"]
    by_unraid = pools_of(tmp_path / "none", CACHE, replace(SECOND, status="missing"))["cache"]

    assert (by_kernel.state, by_kernel.members_missing) == ("degraded", 1)
    assert (by_unraid.state, by_unraid.members_missing) == (None, 1)


def test_a_zfs_pool(tmp_path):
    """The kernel's word counts, and the monitor's if only that knows of errors; otherwise the state is unknown."""
    folder = tmp_path / "proc/spl/kstat/zfs/tank"
    folder.mkdir(parents=True)
    (folder / "state").write_text("ONLINE\n")
    state = tmp_path / "var/local/emhttp"
    state.mkdir(parents=True)
    online = pools_of(tmp_path, TANK)["tank"]
    (state / "monitor.ini").write_text('[poolsstatus]\ntank="ONLINE - ERRORS"\n')
    errors = pools_of(tmp_path, TANK)["tank"]
    (folder / "state").write_text("DEGRADED\n")
    degraded = pools_of(tmp_path, TANK)["tank"]

    assert [online.state, errors.state, degraded.state] == ["online", "online - errors", "degraded"]
    assert (online.errors_total, online.operation, online.scrub.status) == (None, None, "unknown")


@pytest.mark.parametrize("noted", ["UNKNOWN", "DEGRADED", "FAULTED", "", "ONLINE"])
def test_the_monitors_word_for_a_zfs_pool_that_is_online(tmp_path, noted):
    """It may be of a zpool that failed, of a minute ago, or left by a later release: no reason for an alarm."""
    folder = tmp_path / "proc/spl/kstat/zfs/tank"
    folder.mkdir(parents=True)
    (folder / "state").write_text("ONLINE\n")
    state = tmp_path / "var/local/emhttp"
    state.mkdir(parents=True)
    (state / "monitor.ini").write_text(f'[poolsstatus]\ntank="{noted}"\n')

    assert pools_of(tmp_path, TANK)["tank"].state == "online"


def test_other_file_systems_are_there_or_not(tmp_path):
    """A pool of one device is online while it is mounted; one that is not mounted has no state."""
    pools = pools_of(tmp_path, PLAIN, STOPPED)

    assert (pools["plain"].state, pools["off"].state, pools["off"].size_bytes) == ("online", None, None)


def test_a_demos_pools_are_recorded(tmp_path):
    """The kernel does not know the demo tree's pools; one without a recording is read."""
    recorded = KernelPool("online", BtrfsPool("none", 0, (PoolErrors(0, 0, 0, 0, 1), None)), Scrub("idle", *[None] * 3))
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/pools.json").write_bytes(msgspec.json.encode({"cache": recorded}))

    pools = pools_of(tmp_path, CACHE, TANK)

    assert (pools["cache"].state, pools["cache"].operation, pools["cache"].errors_total) == ("online", "none", None)
    assert pools["tank"].state is None
