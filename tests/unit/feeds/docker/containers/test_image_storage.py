"""The space of Docker's own file system."""

import os
from pathlib import Path

import pytest

from uma.feeds.docker.containers.image_storage import (
    image_storage_from,
    read_image_storage,
    usage_state,
)
from uma.feeds.docker.containers.model import ImageStorage
from uma.host import Host


def statvfs(blocks: int, free: int, available: int) -> os.statvfs_result:
    return os.statvfs_result((4096, 4096, blocks, free, available, 0, 0, 0, 0, 255))


@pytest.mark.parametrize(
    ("device", "kind", "state"),
    [
        ("/dev/loop2", "vdisk", "ok"),
        ("/dev/nvme0n1p1", "folder", None),
        ("cache/docker", "folder", None),
        ("shfs", "folder", None),
    ],
)
def test_figures_are_dfs(device: str, kind: str, state: str | None) -> None:
    """Used is everything not free, the percentage is of what users can have; a loop device is docker.img."""
    found = image_storage_from(device, statvfs(1000, 400, 300), {})

    assert found == ImageStorage(kind, 4_096_000, 2_457_600, 66.7, state)


@pytest.mark.parametrize("figures", [(0, 0, 0), (10, 20, 5), (10, 10, 0)])
def test_odd_figures_are_none(figures: tuple[int, int, int]) -> None:
    """A file system without blocks, or with more free space than size, gives no figures."""
    assert image_storage_from("/dev/loop2", statvfs(*figures), {}) is None


def test_a_plain_folder_has_no_figures(tmp_path: Path) -> None:
    """Without a mount the figures would describe the root file system."""
    (tmp_path / "var/lib/docker").mkdir(parents=True)
    assert read_image_storage(Host(tmp_path)) is None

    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mounts").write_text(f"/dev/loop2 {tmp_path}/var/lib/docker btrfs rw 0 0\n")
    found = read_image_storage(Host(tmp_path))
    assert found is not None
    assert found.kind == "vdisk"


@pytest.mark.parametrize(
    ("percent", "display", "state"),
    [
        (69.0, {}, "ok"),
        (69.1, {}, "warning"),
        (89.0, {}, "warning"),
        (89.1, {}, "critical"),
        (95.0, {"warning": "96", "critical": "97"}, "ok"),
        (95.0, {"warning": "", "critical": ""}, "ok"),
        (100.0, {"warning": "0", "critical": "0"}, "ok"),
        (95.0, {"warning": "80", "critical": "0"}, "warning"),
        (95.0, {"warning": "-1", "critical": "x"}, "ok"),
    ],
)
def test_the_users_limits_judge(percent: float, display: dict[str, str], state: str) -> None:
    """The limits are those of disks, which scripts/monitor uses, too; df rounds up; 0 and empty are off."""
    assert usage_state(percent, display) == state
