"""Physical devices, and sums over their counters."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.system.traffic import Count, CounterSum, Selection, is_physical_disk, is_physical_interface


def block_device(sys: Path, name: str, device: str | None) -> None:
    """A folder of /sys/block as the kernel makes it; *device* is the link's target, which need not exist."""
    entry = sys / "block" / name
    entry.mkdir(parents=True)
    if device is not None:
        (entry / "device").symlink_to(device)


@pytest.mark.parametrize(
    ("name", "device", "is_physical"),
    [
        ("sda", "../../../0:0:0:0", True),
        ("vda", "../../../virtio1", True),
        ("nvme0n1", "../../nvme0", True),
        ("mmcblk0", "../../mmc0:0001", True),
        ("cciss!c0d0", "../../../cciss0", True),
        ("md1p1", None, False),
        ("md127", None, False),
        ("dm-0", None, False),
        ("loop0", None, False),
        ("zram0", None, False),
        ("ram0", None, False),
        ("zd0", None, False),
        ("nbd0", None, False),
        ("sr0", "../../../1:0:0:0", False),
        ("fd0", "../../../floppy.0", False),
        ("mmcblk0boot0", "../../mmc0:0001", False),
        ("mmcblk0rpmb", "../../mmc0:0001", False),
        ("mmcblk1gp0", "../../mmc1:0001", False),
    ],
)
def test_a_disk_with_hardware_is_physical(tmp_path: Path, name: str, device: str | None, is_physical: bool) -> None:
    """Layers over disks have no device link; optical drives, floppies and an eMMC's side areas are not disks."""
    block_device(tmp_path, name, device)

    assert is_physical_disk(tmp_path, name.replace("!", "/")) is is_physical


def test_a_partition_is_not_a_disk(tmp_path: Path) -> None:
    """A partition is below its disk, not beside it."""
    block_device(tmp_path, "sda", "../../../0:0:0:0")
    (tmp_path / "block/sda/sda1").mkdir()

    assert not is_physical_disk(tmp_path, "sda1")


def test_the_paths_of_a_multipath_nvme_drive_count_and_not_the_head(tmp_path: Path) -> None:
    """The head of a drive with several ports repeats its hidden paths' counts, or counts nothing on old kernels."""
    block_device(tmp_path, "nvme0n1", "../../nvme-subsys0")
    block_device(tmp_path, "nvme0c0n1", "../../nvme0")
    block_device(tmp_path, "nvme0c1n1", "../../nvme1")

    assert [name for name in ("nvme0n1", "nvme0c0n1", "nvme0c1n1") if is_physical_disk(tmp_path, name)] == [
        "nvme0c0n1",
        "nvme0c1n1",
    ]


def test_a_copy_of_sysfs_with_folders_for_links_serves_too(tmp_path: Path) -> None:
    """In a bug report's tree the device may be a folder."""
    (tmp_path / "block/nvme0n1/device").mkdir(parents=True)

    assert is_physical_disk(tmp_path, "nvme0n1")


def test_a_disk_that_sysfs_does_not_know_is_none(tmp_path: Path) -> None:
    """A name that is only in /proc/diskstats does not count."""
    assert not is_physical_disk(tmp_path, "sda")


def test_an_interface_with_hardware_is_physical(tmp_path: Path) -> None:
    """A network card has a device link, a VLAN upon it has none."""
    (tmp_path / "class/net/eth0").mkdir(parents=True)
    (tmp_path / "class/net/eth0/device").symlink_to("../../../0000:00:03.0")
    (tmp_path / "class/net/eth0.10").mkdir()

    assert is_physical_interface(tmp_path, "eth0")
    assert not is_physical_interface(tmp_path, "eth0.10")
    assert not is_physical_interface(tmp_path, "eth1")


def test_a_device_is_asked_about_when_names_come_or_go() -> None:
    """The wanted devices are determined once for each set of names, whatever their counts."""
    asked: list[str] = []

    def is_disk(name: str) -> bool:
        asked.append(name)
        return name.startswith("sd")

    selection = Selection(is_disk)

    assert selection.of({"sda": (1, 2), "md1": (3, 4)}) == {"sda": (1, 2)}
    assert selection.of({"sda": (5, 6), "md1": (7, 8)}) == {"sda": (5, 6)}
    assert asked == ["sda", "md1"]
    assert selection.of({"md1": (7, 8), "sdb": (0, 1)}) == {"sdb": (0, 1)}
    assert asked == ["sda", "md1", "md1", "sdb"]
    assert selection.of({}) == {}


def test_the_total_is_since_boot_and_moved_since_the_first_reading() -> None:
    """The total is since boot, moved bytes are since the first reading, at which they are 0."""
    counter = CounterSum()

    assert counter.advance({"sda": 100, "sdb": 50}) == Count(150, 0)
    assert counter.advance({"sda": 130, "sdb": 50}) == Count(180, 30)
    assert counter.advance({"sda": 130, "sdb": 50}) == Count(180, 30)


def test_a_restarted_counter_continues_from_the_sum() -> None:
    """A counter that fell restarted from 0: its value is new, and its earlier count stays."""
    counter = CounterSum()
    counter.advance({"eth0": 1000})

    assert counter.advance({"eth0": 40}) == Count(1040, 40)
    assert counter.advance({"eth0": 50}) == Count(1050, 50)


def test_a_pulled_disk_keeps_its_share_and_adds_to_it_when_plugged_in_again() -> None:
    """A pulled disk takes nothing from the sum; plugged in again it counts from 0, on top of the earlier count."""
    counter = CounterSum()
    counter.advance({"sda": 10, "sdb": 500})

    assert counter.advance({"sda": 10}) == Count(510, 0)
    assert counter.advance({"sda": 10, "sdb": 7}) == Count(517, 0)
    assert counter.advance({"sda": 10, "sdb": 9}) == Count(519, 2)


def test_a_device_that_comes_back_with_its_counter_is_not_counted_twice() -> None:
    """A card that was lent to a container, or a file that was once unreadable, does not double the count."""
    counter = CounterSum()
    counter.advance({"eth0": 1000})
    counter.advance({})

    assert counter.advance({"eth0": 1005}) == Count(1005, 0)


def test_a_newcomer_is_not_a_burst() -> None:
    """A device's earlier count adds to the total and not to the rate."""
    counter = CounterSum()
    counter.advance({"sda": 5})

    assert counter.advance({"sda": 5, "sdb": 10**12}) == Count(10**12 + 5, 0)


@given(st.lists(st.dictionaries(st.sampled_from(["sda", "sdb", "sdc"]), st.integers(0, 2**63)), min_size=1))
def test_no_sequence_of_readings_makes_the_sum_run_backwards(readings: list[dict[str, int]]) -> None:
    """For any readings the total never falls, includes all current counts, and rises at least by the moved bytes."""
    counter = CounterSum()
    total = moved = 0
    for reading in readings:
        count = counter.advance(reading)

        assert count.total >= max(total, sum(reading.values()))
        assert 0 <= count.moved - moved <= count.total - total
        total, moved = count.total, count.moved
