"""Chips of five boards. No file of disks' and GPUs' chips is opened."""

import os
import sys
from pathlib import Path

import pytest

from uma.feeds.sensors.chips import MAX_SENSORS, Reading, read_channels, read_values
from uma.host import Host

from .boards import BOARDS, USERS_CONF, add_chip, asus_intel, gigabyte_amd, many_cores, plain_unraid, supermicro


def channels(root):
    return {channel.id: channel for chip in read_channels(Host(root)) for channel in chip}


def labels(root):
    return {id_: channel.label for id_, channel in channels(root).items()}


def test_an_asus_board(tmp_path):
    """Package, cores and a super-I/O chip; voltages without a label are left out."""
    asus_intel(tmp_path)

    assert labels(tmp_path) == {
        "acpitz-virtual-0/temp1": "temp1",
        "coretemp-isa-0000/temp1": "Package id 0",
        "coretemp-isa-0000/temp2": "Core 0",
        "coretemp-isa-0000/temp3": "Core 1",
        "nct6798-isa-0290/temp1": "SYSTIN",
        "nct6798-isa-0290/temp2": "CPUTIN",
        "nct6798-isa-0290/temp3": "AUXTIN0",
        "nct6798-isa-0290/temp4": "AUXTIN2",
        "nct6798-isa-0290/temp7": "PCH_CHIP_TEMP",
        "nct6798-isa-0290/fan1": "fan1",
        "nct6798-isa-0290/fan2": "fan2",
        "nct6798-isa-0290/fan10": "fan10",
    }
    found = channels(tmp_path)
    assert {id_ for id_, channel in found.items() if not channel.is_connected} == {
        f"nct6798-isa-0290/temp{number}" for number in (2, 3, 4, 7)
    }
    assert [(channel.id, channel.critical) for channel in found.values() if channel.role == "cpu"] == [
        ("coretemp-isa-0000/temp1", 100.0)
    ]


def test_the_users_labels(tmp_path):
    """Roles, a voltage, and ignored channels; "CPU Temp" gets the role exclusively."""
    asus_intel(tmp_path)
    folder = tmp_path / "etc/sensors.d"
    folder.mkdir(parents=True)
    (folder / "sensors.conf").write_text(USERS_CONF)
    found = channels(tmp_path)

    assert {id_: channel.role for id_, channel in found.items() if channel.role} == {
        "coretemp-isa-0000/temp1": "cpu",
        "nct6798-isa-0290/temp1": "motherboard",
        "nct6798-isa-0290/fan2": "array_fan",
    }
    assert found["nct6798-isa-0290/in0"].unit == "volts"
    assert found["nct6798-isa-0290/temp4"].is_connected
    assert "nct6798-isa-0290/fan1" not in found

    (folder / "sensors.conf").write_text('chip "nct6798-*"\nlabel "temp1" "CPU Temp"\n')
    assert [id_ for id_, channel in channels(tmp_path).items() if channel.role == "cpu"] == ["nct6798-isa-0290/temp1"]


def test_the_other_boards(tmp_path):
    """AMD with it87, two processors with DIMMs, and a plain Unraid without a super-I/O driver."""
    for board in (gigabyte_amd, supermicro, plain_unraid):
        board(tmp_path / board.__name__)

    assert labels(tmp_path / "gigabyte_amd") == {
        "k10temp-pci-00c3/temp1": "Tctl",
        "k10temp-pci-00c3/temp3": "Tccd1",
        "it8688-isa-0a40/temp1": "temp1",
        "it8688-isa-0a40/fan1": "fan1",
        "ixgbe-pci-0500/temp1": "temp1",
    }
    assert labels(tmp_path / "supermicro") == {
        "coretemp-isa-0000/temp1": "Package id 0",
        "coretemp-isa-0001/temp1": "Package id 1",
        "jc42-i2c-0-18/temp1": "temp1",
        "jc42-i2c-0-19/temp1": "temp1",
    }
    assert labels(tmp_path / "plain_unraid") == {"coretemp-isa-0000/temp1": "Package id 0"}


def test_many_cores_are_left_out_first(tmp_path):
    """The message has at most 64 sensors; a fan is worth more than a core."""
    many_cores(tmp_path)

    assert labels(tmp_path) == {
        "coretemp-isa-0000/temp1": "Package id 0",
        "corsaircpro-hid-3-2/fan1": "fan1",
        "corsaircpro-hid-3-2/in1": "v_out +12v",
    }
    add_chip(
        tmp_path, 9, "platform/x.1", "x", subsystem="platform", **{f"fan{number}_input": "1" for number in range(200)}
    )
    assert len(channels(tmp_path)) == MAX_SENSORS


@pytest.mark.parametrize("board", BOARDS)
def test_no_drive_and_no_gpu_is_opened(board, tmp_path, monkeypatch):
    """Not even their chip's name is opened: the audit hook sees each open of this process."""
    board(tmp_path)
    opened = []

    def audit(event, arguments):
        if event == "open" and str(arguments[0]).startswith(str(tmp_path)) and seeing:
            opened.append(os.path.realpath(arguments[0]))

    seeing = True
    sys.addaudithook(audit)
    for chip in read_channels(Host(tmp_path)):
        read_values(chip)
    seeing = False
    names = {Path(path).parent.name for path in opened}
    chips = {path.name: (path / "name").read_text().strip() for path in (tmp_path / "sys/class/hwmon").iterdir()}

    assert {chips[name] for name in names & chips.keys()}.isdisjoint({"drivetemp", "nvme", "amdgpu", "xe"})
    assert opened


def test_renumbered_chips(tmp_path):
    """hwmonN changes between boots; ids don't."""
    add_chip(tmp_path / "a", 0, "platform/it87.2624", "it8688", subsystem="platform", fan1_input="1200")
    add_chip(tmp_path / "b", 7, "platform/it87.2624", "it8688", subsystem="platform", fan1_input="1200")

    assert list(channels(tmp_path / "a")) == list(channels(tmp_path / "b")) == ["it8688-isa-0a40/fan1"]


def test_values_and_faults(tmp_path):
    """A channel that can't be read is None and the others continue; a fault is the chip's own report."""
    hwmon = add_chip(
        tmp_path,
        0,
        "platform/it87.2624",
        "it8688",
        subsystem="platform",
        temp1_input="36000",
        temp2_input="-55000",
        temp2_fault="1",
        temp3_input="30000",
        temp3_fault="0",
        fan1_input="1200",
    )
    (chip,) = read_channels(Host(tmp_path))
    (hwmon / "fan1_input").unlink()
    (hwmon / "fan1_input").mkdir()

    assert read_values(chip) == [Reading(36.0, None), Reading(-55.0, True), Reading(30.0, False), Reading(None, None)]


def test_chips_of_one_name_are_one(tmp_path):
    """Two thermal zones can't be distinguished, and ids are unique."""
    for number in (0, 1):
        add_chip(tmp_path, number, "", "acpitz", temp1_input="27800")

    assert list(channels(tmp_path)) == ["acpitz-virtual-0/temp1"]


def test_a_thermal_zone_has_the_name_of_its_acpi_device(tmp_path):
    """As in libsensors, so the label that Dynamix System Temp wrote for acpitz-acpi-0 counts; WMI has no bus."""
    zone = "virtual/thermal/thermal_zone0"
    add_chip(tmp_path, 0, zone, "acpitz", subsystem="thermal", temp1_input="27800")
    acpi = tmp_path / "sys/devices/LNXSYSTM:00/LNXTHERM:00"
    acpi.mkdir(parents=True)
    (tmp_path / "sys/bus/acpi").mkdir()
    (acpi / "subsystem").symlink_to(tmp_path / "sys/bus/acpi")
    (tmp_path / "sys/devices" / zone / "device").symlink_to(acpi)
    add_chip(tmp_path, 1, "platform/PNP0C14:01/wmi_bus/DEADBEEF-2001", "gigabyte_wmi", subsystem="wmi", temp1_input="1")
    folder = tmp_path / "etc/sensors.d"
    folder.mkdir(parents=True)
    (folder / "sensors.conf").write_text('chip "acpitz-acpi-0"\nlabel "temp1" "MB Temp"\n')

    assert {id_: channel.role for id_, channel in channels(tmp_path).items()} == {
        "acpitz-acpi-0/temp1": "motherboard",
        "gigabyte_wmi-virtual-0/temp1": None,
    }


def test_without_chips_there_are_no_sensors(tmp_path):
    """No folder, or a chip without a name or channels."""
    (tmp_path / "sys").mkdir()
    assert channels(tmp_path) == {}
    add_chip(tmp_path, 0, "platform/a.1", "", subsystem="platform", temp1_input="1")
    add_chip(tmp_path, 1, "platform/b.1", "b", subsystem="platform")
    assert channels(tmp_path) == {}
