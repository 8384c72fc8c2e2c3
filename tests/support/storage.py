"""Storage states with ordinary values, to be changed by ``dataclasses.replace``."""

from dataclasses import replace
from typing import Any

from uma.feeds.storage.model import Disk, ParityCheck, ParityResult, PoolDisk, StorageStatus, UnassignedDevice

DISK1 = Disk(
    name="disk1",
    device="/dev/sdb1",
    status="active",
    temperature=35,
    size="8TB",
    used="4TB",
    free="4TB",
    device_base="/dev/sdb",
    id="WDC_WD80EFAX-68K_1A2B",
    size_bytes=8_000_000_000_000,
    used_bytes=4_000_000_000_000,
    free_bytes=4_000_000_000_000,
    usage_percent=50.0,
    usage_state="ok",
    temperature_state="ok",
    spun_down=False,
    errors=0,
    health="passed",
    filesystem="xfs",
    encrypted=False,
    rotational=True,
)
PARITY = replace(
    DISK1,
    name="parity",
    device="/dev/sda1",
    device_base="/dev/sda",
    id="ST8000_3C4D",
    used=None,
    free=None,
    used_bytes=None,
    free_bytes=None,
    usage_percent=None,
    usage_state=None,
    filesystem=None,
)
CACHE = PoolDisk(
    name="cache",
    device="/dev/nvme0n1",
    status="active",
    temperature=42,
    size="1TB",
    used="256GB",
    free="744GB",
    device_base="/dev/nvme0n1",
    id="Samsung_SSD_5E6F",
    size_bytes=1_000_000_000_000,
    used_bytes=256_000_000_000,
    free_bytes=744_000_000_000,
    usage_percent=25.6,
    usage_state="ok",
    temperature_state="ok",
    spun_down=False,
    errors=0,
    health="passed",
    filesystem="btrfs",
    encrypted=False,
    rotational=False,
    pool="cache",
)
USB = UnassignedDevice(
    name="dev1",
    device="/dev/sdf",
    device_base="/dev/sdf",
    id="USB_7A8B",
    status="active",
    spun_down=False,
    temperature=30,
    temperature_state="ok",
    size="2TB",
    size_bytes=2_000_000_000_000,
    rotational=True,
    health="passed",
)
LAST_CHECK = ParityResult(at="2026-11-01T05:00:00Z", duration_seconds=36000, result="ok", errors=0)
IDLE = ParityCheck("check", "idle", None, None, None, 0, LAST_CHECK)
RUNNING = ParityCheck("check", "running", 12.5, 150_000_000, 30_000, 0, LAST_CHECK)
STARTED = StorageStatus(
    array_status="started",
    array_protection="protected",
    disks=(DISK1,),
    cache_disks=(CACHE,),
    parity_disks=(PARITY,),
    boot=None,
    unassigned=(),
    parity_check=IDLE,
)


def with_disk(**changes: Any) -> StorageStatus:
    """Return the started array with disk1 changed."""
    return replace(STARTED, disks=(replace(DISK1, **changes),))
