"""The file system of /boot."""

import pytest

from uma.feeds.storage.details.boot import parse_read_only, read_is_read_only
from uma.host import Host


@pytest.mark.parametrize(
    ("text", "is_read_only"),
    [
        ("/dev/sda1 /boot vfat rw,noatime,dmask=77,errors=remount-ro 0 0\n", False),
        ("/dev/sda1 /boot vfat ro,noatime 0 0\n", True),
        ("rootfs / rootfs ro 0 0\n/dev/sda1 /boot vfat rw 0 0\n/dev/loop0 /boot/x squashfs ro 0 0\n", False),
        ("/dev/sda1 /boot vfat rw 0 0\nboot/os /boot zfs ro,xattr 0 0\n", True),
        ("/dev/sda1 /boot vfat\n", None),
        ("rootfs / rootfs rw 0 0\n", None),
        ("", None),
    ],
)
def test_a_mount_that_can_not_be_written(text, is_read_only):
    """Only the option decides; the last mount at the folder counts."""
    assert parse_read_only(text, "/boot") is is_read_only


def test_it_is_read_from_the_kernel(tmp_path):
    """The mounts are those of the host's root; without /proc nothing is known."""
    host = Host(tmp_path)
    (tmp_path / "proc").mkdir()
    assert read_is_read_only(host) is None

    (tmp_path / "proc/self").mkdir()
    (tmp_path / "proc/self/mounts").write_text(f"/dev/sda1 {tmp_path}/boot vfat ro 0 0\n")
    assert read_is_read_only(host) is True
