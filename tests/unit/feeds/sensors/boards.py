"""Sensor chips of five boards as trees of files, with the chips of disks and GPUs."""

from pathlib import Path

Attributes = dict[str, str]


def add_chip(root: Path, number: int, device: str, name: str, *, subsystem: str = "", **attributes: str) -> Path:
    """Add hwmonN below *device*, a path below /sys/devices; dots in attributes stay."""
    parent = root / "sys/devices" / device
    hwmon = parent / "hwmon" / f"hwmon{number}" if device else root / f"sys/devices/virtual/hwmon/hwmon{number}"
    hwmon.mkdir(parents=True)
    (hwmon / "name").write_text(f"{name}\n")
    for attribute, text in attributes.items():
        (hwmon / attribute).write_text(f"{text}\n")
    if device:
        (hwmon / "device").symlink_to(parent)
        if subsystem and not (parent / "subsystem").exists():
            bus = root / "sys/bus" / subsystem
            bus.mkdir(parents=True, exist_ok=True)
            (parent / "subsystem").symlink_to(bus)
    links = root / "sys/class/hwmon"
    links.mkdir(parents=True, exist_ok=True)
    (links / f"hwmon{number}").symlink_to(hwmon)
    return hwmon


def pci(root: Path, address: str, pci_class: str) -> str:
    """Add a PCI device; return its path below /sys/devices."""
    folder = root / "sys/devices/pci0000:00" / address
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "class").write_text(f"{pci_class}\n")
    return f"pci0000:00/{address}"


def forbidden(root: Path, first: int) -> None:
    """Add a drive by drivetemp, an NVMe drive, an AMD and an Intel GPU, none of whose files may be opened."""
    sata = pci(root, "0000:00:17.0", "0x010601")
    nvme = pci(root, "0000:01:00.0", "0x010802")
    amd = pci(root, "0000:03:00.0", "0x030000")
    intel = pci(root, "0000:04:00.0", "0x038000")
    add_chip(root, first, f"{sata}/ata1/host0/target0:0:0/0:0:0:0", "drivetemp", subsystem="scsi", temp1_input="35000")
    add_chip(root, first + 1, f"{nvme}/nvme/nvme0", "nvme", subsystem="nvme", temp1_input="45000")
    add_chip(root, first + 2, amd, "amdgpu", subsystem="pci", temp1_input="50000", fan1_input="900")
    add_chip(root, first + 3, intel, "xe", subsystem="pci", temp2_input="50000")


def asus_intel(root: Path) -> None:
    """An ASUS board: coretemp, nct6798 with its unconnected inputs, acpitz."""
    add_chip(root, 0, "", "acpitz", temp1_input="27800", temp1_crit="119000")
    add_chip(
        root,
        1,
        "platform/coretemp.0",
        "coretemp",
        subsystem="platform",
        temp1_input="41000",
        temp1_label="Package id 0",
        temp1_crit="100000",
        temp2_input="40000",
        temp2_label="Core 0",
        temp3_input="39000",
        temp3_label="Core 1",
    )
    add_chip(
        root,
        2,
        "platform/nct6775.656",
        "nct6798",
        subsystem="platform",
        in0_input="1016",
        temp1_input="33000",
        temp1_label="SYSTIN",
        temp2_input="123500",
        temp2_label="CPUTIN",
        temp3_input="-128000",
        temp3_label="AUXTIN0",
        temp4_input="112000",
        temp4_label="AUXTIN2",
        temp7_input="0",
        temp7_label="PCH_CHIP_TEMP",
        temp7_crit="0",
        fan1_input="0",
        fan2_input="1040",
        fan10_input="700",
    )
    forbidden(root, 3)


def gigabyte_amd(root: Path) -> None:
    """A Gigabyte board: k10temp, it8688 without labels, a network card's sensor."""
    k10 = pci(root, "0000:00:18.3", "0x060000")
    card = pci(root, "0000:05:00.0", "0x020000")
    forbidden(root, 0)
    add_chip(
        root,
        4,
        k10,
        "k10temp",
        subsystem="pci",
        temp1_input="52125",
        temp1_label="Tctl",
        temp3_input="48000",
        temp3_label="Tccd1",
    )
    add_chip(root, 5, "platform/it87.2624", "it8688", subsystem="platform", temp1_input="36000", fan1_input="1200")
    add_chip(root, 6, card, "ixgbe", subsystem="pci", temp1_input="61000", temp1_crit="110000")


def supermicro(root: Path) -> None:
    """Two processors, DIMM sensors, and fans in the BMC only."""
    for number in range(2):
        add_chip(
            root,
            number,
            f"platform/coretemp.{number}",
            "coretemp",
            subsystem="platform",
            temp1_input="50000",
            temp1_label=f"Package id {number}",
        )
    for number in range(2, 4):
        add_chip(
            root,
            number,
            f"pci0000:00/i2c-0/0-00{16 + number}",
            "jc42",
            subsystem="i2c",
            temp1_input="38500",
            temp1_crit="95000",
        )


def plain_unraid(root: Path) -> None:
    """A board whose super-I/O driver is not loaded, as usual: only coretemp."""
    add_chip(
        root,
        0,
        "platform/coretemp.0",
        "coretemp",
        subsystem="platform",
        temp1_input="44000",
        temp1_label="Package id 0",
    )


def many_cores(root: Path) -> None:
    """A workstation: 96 cores, and a fan controller by USB."""
    cores = {
        f"temp{number}_{ending}": text
        for number in range(2, 98)
        for ending, text in (("input", "40000"), ("label", f"Core {number - 2}"))
    }
    add_chip(
        root,
        0,
        "platform/coretemp.0",
        "coretemp",
        subsystem="platform",
        temp1_input="50000",
        temp1_label="Package id 0",
        **cores,
    )
    add_chip(
        root,
        1,
        "pci0000:00/usb1/1-1/1-1:1.0/0003:1B1C:0C10.0002",
        "corsaircpro",
        subsystem="hid",
        fan1_input="850",
        in0_input="12096",
        in0_label="in0",
        in1_input="12010",
        in1_label="v_out +12v",
    )


BOARDS = (asus_intel, gigabyte_amd, supermicro, plain_unraid, many_cores)

USERS_CONF = """\
# Generated by Dynamix System Temp
chip "coretemp-isa-0000"
label "temp1" "CPU Temp"
chip "nct6798-isa-*"
label "temp1" "MB Temp"
label "temp4" "Water"
label "fan2" "Array Fan"
label "in0" "Vcore"
ignore "fan1"
compute in1 @*2, @/2
"""
