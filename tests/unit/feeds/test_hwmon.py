"""Recognition of disks' and GPUs' sensor chips."""

import pytest

from uma.feeds.hwmon import is_drive_or_gpu

BUS = "sys/devices/pci0000:00"


@pytest.mark.parametrize(
    ("place", "pci_class", "expected"),
    [
        (f"{BUS}/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/hwmon/hwmon2", "0x010601", True),
        (f"{BUS}/0000:02:00.0/host4/port-4:0/end_device-4:0/target4:0:0/4:0:0:0/hwmon/hwmon5", "0x010700", True),
        (f"{BUS}/0000:01:00.0/nvme/nvme0/hwmon1", "0x010802", True),
        (f"{BUS}/0000:01:00.0/hwmon/hwmon1", "0x010802", True),
        (f"{BUS}/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/hwmon/hwmon7", "0x0c0330", True),
        (f"{BUS}/0000:03:00.0/hwmon/hwmon4", "0x030000", True),
        (f"{BUS}/0000:04:00.0/hwmon/hwmon4", "0x038000", True),
        (f"{BUS}/0000:00:18.3/hwmon/hwmon0", "0x060000", False),
        (f"{BUS}/0000:05:00.0/hwmon/hwmon3", "0x020000", False),
        (f"{BUS}/0000:00:1f.4/i2c-0/0-002e/hwmon/hwmon6", "0x0c0500", False),
        ("sys/devices/platform/nct6775.656/hwmon/hwmon2", None, False),
        ("sys/devices/virtual/hwmon/hwmon0", None, False),
    ],
)
def test_by_its_place_in_the_tree(tmp_path, place, pci_class, expected):
    """SATA, SAS, NVMe and USB drives and GPUs; not processors, boards and network cards."""
    hwmon = tmp_path / place
    hwmon.mkdir(parents=True)
    if pci_class is not None:
        device = tmp_path.joinpath(*hwmon.relative_to(tmp_path).parts[:4])
        (device / "class").write_text(f"{pci_class}\n")

    assert is_drive_or_gpu(hwmon.resolve()) is expected
