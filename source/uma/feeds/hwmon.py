"""Detection of the chips below ``/sys/class/hwmon`` that belong to disks and GPUs.

None of their files is opened, not even their name: a read sends a command to the drive,
or wakes the GPU. Their place in the device tree shows what they are.
"""

import re
from pathlib import Path

from uma.feeds.files import read_attribute

_DRIVE = re.compile(r"nvme\d+|ata\d+|host\d+|target\d+:.*|\d+:\d+:\d+:\d+")
"""Folders above a drive's hwmon: those of the NVMe, ATA and SCSI layers."""

STORAGE_CLASS, DISPLAY_CLASS = "0x01", "0x03"
"""PCI class prefixes of storage controllers and of GPUs."""


def is_drive_or_gpu(hwmon: Path) -> bool:
    """Return whether the resolved *hwmon* folder belongs to a drive or a GPU. Opens
    none of its files.
    """
    for folder in hwmon.parents:
        if _DRIVE.fullmatch(folder.name):
            return True
        if ":" in folder.name and (pci_class := read_attribute(folder / "class")):
            # The nearest PCI device contains the chip.
            return pci_class.startswith((STORAGE_CLASS, DISPLAY_CLASS))
    return False
