"""Facts of single devices."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.support.storage import CACHE, STARTED
from uma.feeds.storage.details.devices import boot_disks_from, mount_errors_from, parse_identity, pool_errors
from uma.feeds.storage.details.model import PoolErrors


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("WDC_WD80EFAX-68K_1A2B", ("WDC WD80EFAX-68K", "1A2B")),
        ("1A2B", (None, "1A2B")),
        (None, (None, None)),
        ("", (None, None)),
        ("_1A2B", (None, "1A2B")),
    ],
)
def test_an_id_is_model_and_tail(identity, expected):
    """A masked id is the model and the serial's last 4 characters."""
    assert parse_identity(identity) == expected


def test_boot_disks():
    """Each member of a boot pool is listed, even a missing one; else the flash drive."""
    sections = {
        "boot": {"name": "boot", "type": "Boot", "device": "sdb", "status": "DISK_OK", "spundown": "1"},
        "boot2": {"name": "boot2", "type": "Boot", "device": "", "idSb": "X", "status": "DISK_NP_MISSING"},
        "boot3": {"name": "boot3", "type": "Boot", "device": "", "status": "DISK_NP"},
    }
    flash = replace(CACHE, name="flash", device_base="/dev/sda")

    assert [(d.name, d.device, d.status) for d in boot_disks_from(sections, STARTED)] == [
        ("boot", "/dev/sdb", "standby"),
        ("boot2", None, "missing"),
    ]
    assert [d.name for d in boot_disks_from({}, replace(STARTED, boot=flash))] == ["flash"]
    assert boot_disks_from({}, replace(STARTED, boot=flash), read_only=True)[0].read_only
    assert boot_disks_from({}, STARTED) == ()


def test_errors_of_a_single_member():
    """The errors of a pool of one belong to its disk; of two members it is not known which is which."""
    errors = PoolErrors(1, 0, 0, 0, 0)
    disk = replace(CACHE, filesystem="btrfs")
    one, two = (SimpleNamespace(btrfs=SimpleNamespace(errors=(errors,) * count)) for count in (1, 2))

    assert pool_errors(disk, {disk.pool: one}) == errors
    assert pool_errors(disk, {disk.pool: two}) is None
    assert pool_errors(disk, {}) is None
    assert pool_errors(replace(disk, filesystem="xfs"), {disk.pool: one}) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Unmountable: Unsupported or no file system", "Unsupported or no file system"),
        ("Unmountable: Wrong encryption key", "Wrong encryption key"),
        ("Unmountable", "unmountable"),
        ("Unmountable: \x1b" + "x" * 200, "x" * 80),
        ("Mounted", None),
        ("Not mounted", None),
        ("Mounting", None),
        ("-", None),
        ("", None),
    ],
)
def test_a_file_system_that_can_not_be_mounted(text, reason):
    """emhttpd's words say why; a started array mounts every other file system."""
    sections = {"disk1": {"name": "disk1", "fsStatus": text}}

    assert mount_errors_from(sections, STARTED).get("disk1") == reason


@pytest.mark.parametrize("array_status", ["stopped", "maintenance", "starting", "formatting"])
def test_only_a_started_array_mounts(array_status):
    """Otherwise nothing has to be mounted."""
    sections = {"disk1": {"name": "disk1", "fsStatus": "Unmountable: No file system"}}

    assert mount_errors_from(sections, replace(STARTED, array_status=array_status)) == {}


def test_a_pools_mount_error_is_its_first_members():
    """A pool whose first slot is empty has it in that slot's section."""
    second = replace(CACHE, name="cache2")
    sections = {"cache": {"name": "cache", "fsStatus": "Unmountable: Too many missing devices"}}

    errors = mount_errors_from(sections, replace(STARTED, cache_disks=(second, replace(second, name="cache3"))))

    assert errors == {"cache2": "Too many missing devices"}
