"""Detection of GPUs. No file that wakes one is read."""

import sys
from pathlib import Path

import pytest

from uma.feeds.gpu.devices import MAX_GPUS, has_nvidia_clients, read_addresses, read_devices
from uma.host import Host

from .trees import add_gpu


def devices(root):
    return {device.address: device for device in read_devices(Host(root), read_addresses(Host(root)))}


@pytest.mark.parametrize(
    ("driver", "power", "state"),
    [
        ("i915", "active", "active"),
        ("i915", "suspended", "suspended"),
        ("i915", "suspending", "suspended"),
        ("i915", "unsupported", "active"),
        ("i915", None, "active"),
        ("i915", "error", "unavailable"),
        ("vfio-pci", "suspended", "passed_through"),
        (None, "active", "unavailable"),
    ],
)
def test_states(tmp_path, driver, power, state):
    """They follow from the driver's link and the kernel's record of its power; both wake nothing."""
    add_gpu(tmp_path, "0000:00:02.0", "intel", driver, power=power)

    assert devices(tmp_path)["0000:00:02.0"].state == state


def test_a_server_with_four(tmp_path):
    """Integrated and discrete GPUs, and one of a VM; the board management controller's and a network card are
    left out.
    """
    add_gpu(tmp_path, "0000:00:02.0", "intel", "i915")
    add_gpu(tmp_path, "0000:03:00.0", "intel", "xe", **{"class": "0x038000"})
    add_gpu(tmp_path, "0000:01:00.0", "nvidia", "nvidia", **{"class": "0x030200"})
    add_gpu(tmp_path, "0000:0a:00.0", "amd", "vfio-pci")
    add_gpu(tmp_path, "0000:07:00.0", "aspeed", "ast")
    add_gpu(tmp_path, "0000:08:00.0", "intel", "igc", **{"class": "0x020000"})
    (tmp_path / "run/udev/data").mkdir(parents=True)
    (tmp_path / "run/udev/data/+pci:0000:00:02.0").write_text("E:ID_MODEL_FROM_DATABASE=UHD Graphics 770\n")
    found = devices(tmp_path)

    assert {address: (device.vendor, device.driver, device.integrated) for address, device in found.items()} == {
        "0000:00:02.0": ("intel", "i915", True),
        "0000:01:00.0": ("nvidia", "nvidia", False),
        "0000:03:00.0": ("intel", "xe", False),
        "0000:0a:00.0": ("amd", "vfio-pci", None),
    }
    assert found["0000:00:02.0"].name == "UHD Graphics 770"


def test_shares_of_a_gpu_are_not_gpus(tmp_path):
    """Seven virtual functions (SR-IOV) would repeat the load of their GPU, and push others out of the list."""
    add_gpu(tmp_path, "0000:00:02.0", "intel", "i915")
    add_gpu(tmp_path, "0000:03:00.0", "nvidia", "nvidia")
    for function, driver in enumerate(("i915", "vfio-pci", None), 1):
        share = add_gpu(tmp_path, f"0000:00:02.{function}", "intel", driver)
        (share / "physfn").symlink_to("../0000:00:02.0")

    assert list(devices(tmp_path)) == ["0000:00:02.0", "0000:03:00.0"]


def test_a_look_opens_only_free_devices(tmp_path):
    """Neither config, which lspci reads, nor DRM nor hwmon is opened: the audit hook sees each open."""
    add_gpu(
        tmp_path,
        "0000:0a:00.0",
        "amd",
        "amdgpu",
        power="suspended",
        config="x",
        gpu_busy_percent="1",
        gpu_metrics="x",
        hwmon__hwmon3__temp1_input="1",
    )
    opened = set()
    seeing = True

    def audit(event, arguments):
        if event == "open" and seeing and "pci/devices" in str(arguments[0]):
            opened.add(Path(arguments[0]).name)

    sys.addaudithook(audit)
    devices(tmp_path)
    seeing = False

    assert opened == {"class", "vendor", "runtime_status"}


@pytest.mark.parametrize(
    ("references", "holders", "clients"),
    [("3", 3, False), ("4", 3, True), ("0", 0, False), (None, 0, True), ("noise", 1, True)],
)
def test_holders_of_nvidia_devices(tmp_path, references, holders, clients):
    """Modules hold each other; a further user is a program. Without the count the GPU is queried."""
    module = tmp_path / "sys/module/nvidia"
    for number in range(holders):
        (module / f"holders/nvidia_{number}").mkdir(parents=True)
    module.mkdir(parents=True, exist_ok=True)
    if references is not None:
        (module / "refcnt").write_text(f"{references}\n")

    assert has_nvidia_clients(Host(tmp_path)) is clients


def test_without_a_bus_there_are_no_gpus(tmp_path):
    """At most 16 are listed."""
    (tmp_path / "sys").mkdir()
    assert devices(tmp_path) == {}
    for number in range(MAX_GPUS + 2):
        add_gpu(tmp_path, f"0000:{number:02x}:00.0", "amd", "amdgpu")
    assert len(devices(tmp_path)) == MAX_GPUS
