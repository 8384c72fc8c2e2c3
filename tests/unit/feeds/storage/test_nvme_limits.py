"""NVMe drives' own temperature limits."""

from pathlib import Path

import pytest

from uma.feeds.storage.nvme_limits import NONE, NvmeLimits, parse_celsius, read_limits
from uma.host import Host


def sensor(folder: Path, *, name: str = "nvme", warning: str | None = "81850", critical: str | None = "84850") -> Path:
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n")
    for file, text in (("temp1_max", warning), ("temp1_crit", critical)):
        if text is not None:
            (folder / file).write_text(f"{text}\n")
    return folder


@pytest.mark.parametrize(
    "place",
    [
        "class/nvme/nvme0/hwmon3",
        "class/nvme/nvme0/hwmon/hwmon3",
        "class/nvme/nvme0/device/hwmon/hwmon3",
        "block/nvme0n1/device/hwmon3",
        "block/nvme0n1/device/device/hwmon/hwmon3",
    ],
)
def test_limits_are_the_sensors(tmp_path: Path, place: str) -> None:
    """Wherever the kernel puts the sensor, its two limits are the drive's, in whole degrees."""
    sensor(tmp_path / place)

    assert read_limits(tmp_path, "nvme0n1") == (82, 85)


@pytest.mark.parametrize(
    ("warning", "critical", "limits"),
    [
        (None, "84850", (None, 85)),
        ("81850", None, (82, None)),
        ("0", "-273150", NONE),
        ("65261850", "x", NONE),
        ("", "9" * 5000, NONE),
        ("74000", "74999", (74, 75)),
    ],
)
def test_missing_limits_are_none(
    tmp_path: Path, warning: str | None, critical: str | None, limits: tuple[int | None, int | None]
) -> None:
    """A missing limit, 0 K, or one beyond any drive is None, without affecting the other."""
    sensor(tmp_path / "class/nvme/nvme0/hwmon3", warning=warning, critical=critical)

    assert read_limits(tmp_path, "nvme0n1") == limits


@pytest.mark.parametrize("device", ["sda", "nvme0", "nvme1n1", "../nvme0n1", ""])
def test_other_devices_have_none(tmp_path: Path, device: str) -> None:
    """Another kind of drive, a controller, or another one's namespace has none."""
    sensor(tmp_path / "class/nvme/nvme0/hwmon3")

    assert read_limits(tmp_path, device) == NONE


def test_other_sensors_are_passed_over(tmp_path: Path) -> None:
    """Another chip below the same device is not the drive's."""
    sensor(tmp_path / "class/nvme/nvme0/hwmon1", name="acpitz", warning="50000")
    sensor(tmp_path / "class/nvme/nvme0/hwmon2")

    assert read_limits(tmp_path, "nvme0n1") == (82, 85)


def test_a_namespace_belongs_to_its_controller(tmp_path: Path) -> None:
    """With multipath a namespace has its subsystem's number, and the controller another."""
    sensor(tmp_path / "devices/nvme-subsys0/nvme5/hwmon2")
    sensor(tmp_path / "class/nvme/nvme0/hwmon3", warning="60000")
    (tmp_path / "block/nvme0n1").mkdir(parents=True)
    (tmp_path / "block/nvme0n1/device").symlink_to(tmp_path / "devices/nvme-subsys0")

    assert read_limits(tmp_path, "nvme0n1") == (82, 85)


def test_a_sensor_is_found_by_its_device(tmp_path: Path) -> None:
    """The machine's sensor whose device is the controller counts."""
    for number, warning in (("0", "60850"), ("1", "81850")):
        (tmp_path / f"devices/nvme{number}").mkdir(parents=True)
        folder = sensor(tmp_path / f"class/hwmon/hwmon{number}", warning=warning)
        (folder / "device").symlink_to(tmp_path / f"devices/nvme{number}")

    assert read_limits(tmp_path, "nvme1n1") == (82, 85)
    assert read_limits(tmp_path, "nvme2n1") == NONE


def test_a_drive_is_read_once(tmp_path: Path) -> None:
    """A read queries the drive, so it is repeated only for a replacement."""
    folder = sensor(tmp_path / "sys/class/nvme/nvme0/hwmon3")
    limits = NvmeLimits(Host(tmp_path))
    assert limits("nvme0n1", "A") == NONE
    limits.read([("nvme0n1", "A")])
    assert limits("nvme0n1", "A") == (82, 85)
    (folder / "temp1_max").write_text("70850\n")
    limits.read([("nvme0n1", "A"), ("nvme0n1", "B"), ("sda", "C")])

    assert limits("nvme0n1", "A") == (82, 85)
    assert limits("nvme0n1", "B") == (71, 85)
    assert limits("sda", "C") == NONE


def test_a_tree_has_no_drives_of_this_machine(tmp_path: Path) -> None:
    """If the root has no sys, this machine's own is not read."""
    host = Host(tmp_path)

    assert not host.sys.is_relative_to(tmp_path)
    limits = NvmeLimits(host)
    limits.read([("nvme0n1", "A")])
    assert limits("nvme0n1", "A") == NONE


def test_kelvins() -> None:
    """The kernel takes 273.15 from whole kelvins, the webGUI 273."""
    assert [parse_celsius(text) for text in ("81850", "82000", "-1", "150850")] == [82, 82, None, None]
