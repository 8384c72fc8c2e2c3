"""Detection of GPUs without waking one.

``class``, ``vendor``, ``driver`` and ``power/runtime_status`` are the kernel's own
notes. Reading ``config``, as lspci does, or anything in DRM and hwmon may wake a GPU.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from uma.feeds.files import read_attribute
from uma.feeds.gpu.parse import VENDORS, parse_name, parse_nvidia_name, parse_udev_name
from uma.host import Host

MAX_GPUS = 16
PCI = "bus/pci/devices"
DISPLAY_CLASS = "0x03"
ASLEEP = frozenset({"suspended", "suspending"})
AWAKE = frozenset({"active", "unsupported", "resuming"})


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU on the PCI bus. ``power`` is its runtime status."""

    address: str
    vendor: str
    name: str | None
    driver: str | None
    power: str
    path: Path

    @property
    def integrated(self) -> bool | None:
        """True if the GPU is part of the processor; None for AMD, since only the driver
        knows.
        """
        if self.vendor == "intel":
            return self.address.split(":")[1:2] == ["00"]
        return False if self.vendor == "nvidia" else None

    @property
    def state(self) -> str:
        """State, as far as it is known without querying the driver."""
        if self.driver is None:
            return "unavailable"
        if self.driver == "vfio-pci":
            return "passed_through"
        if self.power in ASLEEP:
            return "suspended"
        return "active" if self.power in AWAKE else "unavailable"


def read_addresses(host: Host) -> Sequence[str]:
    """Return the addresses of all devices on the PCI bus."""
    try:
        return sorted(path.name for path in (host.sys / PCI).iterdir())
    except OSError:
        return ()


def read_devices(host: Host, addresses: Sequence[str]) -> Sequence[Device]:
    """Return the GPUs among *addresses*."""
    devices = (_read_device(host, host.sys / PCI / address) for address in addresses)
    return [device for device in devices if device is not None][:MAX_GPUS]


def has_nvidia_clients(host: Host) -> bool:
    """Return whether a program uses an NVIDIA GPU.

    If none does, the driver has put the GPUs to sleep, and NVML would start them for
    seconds. The driver's modules also hold each other, and don't count.
    """
    module = host.sys / "module/nvidia"
    references = read_attribute(module / "refcnt")
    try:
        holders = sum(1 for _ in (module / "holders").iterdir())
    except OSError:
        holders = 0
    # The count is unknown, so the GPU is queried.
    return not references.isdigit() or int(references) > holders


def _read_device(host: Host, folder: Path) -> Device | None:
    if not read_attribute(folder / "class").startswith(DISPLAY_CLASS):
        return None
    vendor = VENDORS.get(read_attribute(folder / "vendor"))
    # A virtual function (SR-IOV) is a share of a listed GPU and has no figures: by
    # i915's PMU it would repeat the GPU's (strongtz/i915-sriov-dkms#326).
    if vendor is None or os.path.lexists(folder / "physfn"):
        return None
    address = folder.name
    try:
        driver = parse_name((folder / "driver").readlink().name)
    except OSError:
        driver = None
    return Device(
        address=address,
        vendor=vendor,
        name=_read_name(host, address),
        driver=driver,
        # A kernel without power management lacks this file; its GPUs never sleep.
        power=read_attribute(folder / "power/runtime_status") or "unsupported",
        path=folder,
    )


def _read_name(host: Host, address: str) -> str | None:
    return parse_nvidia_name(
        read_attribute(host.proc / f"driver/nvidia/gpus/{address}/information")
    ) or parse_udev_name(read_attribute(host.root / f"run/udev/data/+pci:{address}"))
