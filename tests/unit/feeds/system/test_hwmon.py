"""The processor's sensor, and only that."""

import os
from pathlib import Path

import pytest

from uma.feeds.system.hwmon import LOOK_AGAIN, CpuSensor, find_inputs


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def chip(sys: Path, number: int, name: str, temperatures: dict[str, int | str]) -> Path:
    """A chip as in the kernel: a link in class/hwmon to a folder below its device. Keys are labels, or empty."""
    folder = sys / f"devices/{name}.{number}/hwmon/hwmon{number}"
    folder.mkdir(parents=True)
    (sys / "class/hwmon").mkdir(parents=True, exist_ok=True)
    (sys / f"class/hwmon/hwmon{number}").symlink_to(folder)
    (folder / "name").write_text(f"{name}\n")
    for index, (label, millidegrees) in enumerate(temperatures.items(), 1):
        (folder / f"temp{index}_input").write_text(f"{millidegrees}\n")
        if label:
            (folder / f"temp{index}_label").write_text(f"{label}\n")
    return folder


def read(sys: Path) -> float | None:
    return CpuSensor(sys, Clock()).read()


@pytest.mark.parametrize(
    ("name", "temperatures", "celsius"),
    [
        ("coretemp", {"Package id 0": 45000, "Core 0": 47000, "Core 1": 44000}, 45.0),
        ("coretemp", {"Core 0": 41000, "Core 1": 44000}, 44.0),
        ("k10temp", {"Tctl": 70250, "Tdie": 50250, "Tccd1": 61000}, 50.2),
        ("k10temp", {"Tctl": 48125, "Tccd1": 61000}, 48.1),
        ("zenpower", {"Tdie": 51000, "Tctl": 51000}, 51.0),
        ("k8temp", {"": 39000}, 39.0),
        ("cpu_thermal", {"": -3500}, -3.5),
    ],
)
def test_the_packages_temperature_is_taken_or_else_the_hottest_cores(
    tmp_path: Path, name: str, temperatures: dict[str, int | str], celsius: float
) -> None:
    """The package is "Package id", "Tdie" or "Tctl"; without such a label the hottest core counts. One decimal."""
    chip(tmp_path, 0, name, temperatures)

    assert read(tmp_path) == celsius


def test_the_hotter_of_two_packages_counts(tmp_path: Path) -> None:
    """A board with two processors has a chip for each."""
    chip(tmp_path, 0, "coretemp", {"Package id 0": 45000, "Core 0": 90000})
    chip(tmp_path, 1, "coretemp", {"Package id 1": 52000})

    assert read(tmp_path) == 52.0


@pytest.mark.timeout(10)
def test_the_sensors_of_drives_are_never_opened(tmp_path: Path) -> None:
    """Only a processor's chip is read: reading another would hang in this test, and wake disks in reality."""
    for number, name in enumerate(("drivetemp", "nvme", "acpitz", "nct6775")):
        folder = chip(tmp_path, number, name, {})
        for file in ("temp1_input", "temp1_label", "temp1_max"):
            os.mkfifo(folder / file)
    chip(tmp_path, 9, "coretemp", {"Package id 0": 45000})

    assert read(tmp_path) == 45.0


@pytest.mark.timeout(10)
def test_a_number_reused_by_a_drive_is_not_read(tmp_path: Path) -> None:
    """A sensor is identified by its device: when modules are reloaded, its number may become a drive's."""
    clock = Clock()
    folder = chip(tmp_path, 3, "coretemp", {"Package id 0": 45000})
    sensor = CpuSensor(tmp_path, clock)
    assert sensor.read() == 45.0

    (tmp_path / "class/hwmon/hwmon3").unlink()
    folder.rename(folder.with_name("hwmon4"))
    (tmp_path / "class/hwmon/hwmon4").symlink_to(folder.with_name("hwmon4"))
    os.mkfifo(chip(tmp_path, 3, "drivetemp", {}) / "temp1_input")
    clock.now += LOOK_AGAIN

    assert sensor.read() == 45.0


@pytest.mark.parametrize("text", ["127500", "255000", "0", "-128000", "", "N/A"])
def test_a_reading_that_can_not_be_true_is_none(tmp_path: Path, text: str) -> None:
    """A stuck sensor's reading is not a temperature."""
    chip(tmp_path, 0, "coretemp", {"Package id 0": text})

    assert read(tmp_path) is None


def test_a_machine_without_a_sensor_has_no_temperature(tmp_path: Path) -> None:
    """A virtual machine has no hwmon at all."""
    assert read(tmp_path) is None


def test_a_sensor_that_appears_is_found_within_a_minute_and_not_searched_at_every_sample(tmp_path: Path) -> None:
    """A sensor's module may load late; until then one search a minute is enough."""
    clock = Clock()
    sensor = CpuSensor(tmp_path, clock)
    assert sensor.read() is None
    chip(tmp_path, 0, "coretemp", {"Package id 0": 45000})

    clock.now += LOOK_AGAIN - 1
    assert sensor.read() is None
    clock.now += 1
    assert sensor.read() == 45.0


def test_a_chip_that_has_no_name_is_passed_over(tmp_path: Path) -> None:
    """An unreadable folder is skipped."""
    (chip(tmp_path, 0, "coretemp", {"Package id 0": 90000}) / "name").unlink()
    chip(tmp_path, 1, "coretemp", {"Package id 0": 45000})

    assert read(tmp_path) == 45.0


def test_nothing_of_a_drives_chip_is_opened(tmp_path, monkeypatch):
    """Not even its name is opened: its place in the device tree shows its kind."""
    drive = tmp_path / "devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/hwmon/hwmon0"
    drive.mkdir(parents=True)
    (tmp_path / "class/hwmon").mkdir(parents=True)
    (tmp_path / "class/hwmon/hwmon0").symlink_to(drive)
    monkeypatch.setattr("uma.feeds.system.hwmon.read_attribute", lambda path: pytest.fail(f"{path} was opened"))

    assert find_inputs(tmp_path) == []
