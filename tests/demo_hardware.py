"""The hardware of demo/tower, as recorded messages: a UPS, interfaces, sensors, GPUs and pools."""

import msgspec

from uma.feeds.gpu.model import Gpu, GpuStatus
from uma.feeds.network.model import Bond, Interface, NetworkStatus
from uma.feeds.sensors.model import Sensor, SensorsStatus
from uma.feeds.storage.details.btrfs import BtrfsPool
from uma.feeds.storage.details.model import PoolErrors, Scrub
from uma.feeds.storage.details.pools import KernelPool
from uma.feeds.ups.model import Ups, UpsStatus

UPS = UpsStatus(
    "running",
    (
        Ups(
            id="apcupsd",
            source="apcupsd",
            name="tower",
            model="Back-UPS RS 1600SI",
            status="online",
            flags=("ONLINE",),
            battery_percent=100.0,
            runtime_seconds=2520,
            load_percent=17.0,
            power_watts=163.2,
            power_estimated=True,
            nominal_power_watts=960.0,
            input_volts=231.0,
            output_volts=231.0,
            battery_volts=27.3,
            frequency_hz=50.0,
            temperature=None,
            on_battery_since=None,
            transfers=2,
            last_transfer_reason="Low line voltage",
            self_test="passed",
            battery_date="2024-05-01",
            shutdown_battery_percent=10.0,
            shutdown_runtime_seconds=300,
            read_at=None,
        ),
    ),
    demo=True,
)


def _interface(name: str, kind: str, **changes: object) -> Interface:
    fields: dict[str, object] = {
        "description": None,
        "state": "up",
        "speed_mbps": None,
        "duplex": None,
        "mtu": 1500,
        "carrier_changes": 2,
        "master": None,
        "lower": (),
        "vlan_id": None,
        "bytes_sent": 48_900_000_000,
        "bytes_recv": 131_400_000_000,
        "bytes_sent_per_sec": 1_900_000,
        "bytes_recv_per_sec": 8_400_000,
        "errors_sent": 0,
        "errors_recv": 0,
        "drops_sent": 0,
        "drops_recv": 1204,
        "bond": None,
    }
    return Interface(name=name, kind=kind, **fields | changes)  # type: ignore[arg-type]


NETWORK = NetworkStatus(
    (
        _interface(
            "bond0",
            "bond",
            speed_mbps=2500,
            duplex="full",
            master="br0",
            lower=("eth0", "eth1"),
            bond=Bond("active-backup", members=2, members_up=2),
        ),
        _interface("br0", "bridge", lower=("bond0",), description="Home"),
        _interface("br0.20", "vlan", lower=("br0",), vlan_id=20, bytes_sent_per_sec=12_000, bytes_recv_per_sec=640_000),
        _interface("eth0", "port", speed_mbps=2500, duplex="full", master="bond0"),
        _interface("eth1", "port", speed_mbps=2500, duplex="full", master="bond0", bytes_sent_per_sec=310),
        _interface(
            "eth2",
            "port",
            state="no_carrier",
            carrier_changes=0,
            bytes_sent=0,
            bytes_recv=0,
            bytes_sent_per_sec=0,
            bytes_recv_per_sec=0,
        ),
        _interface("tailscale1", "tailscale", mtu=1280, bytes_sent_per_sec=900, bytes_recv_per_sec=2100),
        _interface("wg0", "wireguard", mtu=1420, bytes_sent_per_sec=31_000, bytes_recv_per_sec=4200),
    ),
    demo=True,
)


def _sensor(place: str, kind: str, label: str, value: float, **changes: object) -> Sensor:
    units = {"temperature": "celsius", "fan": "rpm", "voltage": "volts"}
    fields: dict[str, object] = {"role": None, "critical": None, "trusted": True, "fault": None, "unit": units[kind]}
    return Sensor(id=place, kind=kind, label=label, value=value, **fields | changes)  # type: ignore[arg-type]


SENSORS = SensorsStatus(
    (
        _sensor("coretemp-isa-0000/temp1", "temperature", "CPU Temp", 44.0, role="cpu", critical=100.0),
        _sensor("coretemp-isa-0000/temp2", "temperature", "Core 0", 42.0, critical=100.0),
        _sensor("coretemp-isa-0000/temp3", "temperature", "Core 4", 43.0, critical=100.0),
        _sensor("nct6798-isa-0290/temp1", "temperature", "MB Temp", 34.0, role="motherboard"),
        _sensor("nct6798-isa-0290/temp4", "temperature", "AUXTIN2", 112.0, trusted=False),
        _sensor("nct6798-isa-0290/fan1", "fan", "Array Fan", 1040.0, role="array_fan"),
        _sensor("nct6798-isa-0290/fan2", "fan", "CPU fan", 880.0),
        _sensor("nct6798-isa-0290/fan4", "fan", "fan4", 0.0),
        _sensor("nct6798-isa-0290/in0", "voltage", "Vcore", 1.016),
        _sensor("ixgbe-pci-0500/temp1", "temperature", "temp1", 61.0, critical=110.0),
    ),
    demo=True,
)


def _gpu(address: str, vendor: str, name: str, driver: str, state: str, **changes: object) -> Gpu:
    names = (
        *("integrated", "busy_percent", "engines", "memory_used_bytes", "memory_total_bytes", "temperature"),
        *("power_watts", "power_scope", "power_limit_watts", "fan_percent", "fan_rpm", "frequency_mhz"),
    )
    fields: dict[str, object] = dict.fromkeys(names)
    return Gpu(id=address, vendor=vendor, name=name, driver=driver, state=state, **fields | changes)  # type: ignore[arg-type]


GPUS = GpuStatus(
    (
        _gpu(
            "0000:00:02.0",
            "intel",
            "AlderLake-S GT1 [UHD Graphics 770]",
            "i915",
            "active",
            integrated=True,
            busy_percent=31.0,
            engines={"render": 6.0, "video": 31.0, "video_enhance": 4.0, "blitter": 0.0},
            frequency_mhz=1200,
        ),
        _gpu("0000:01:00.0", "nvidia", "NVIDIA GeForce RTX 3060", "vfio-pci", "passed_through", integrated=False),
        _gpu("0000:0a:00.0", "amd", "Navi 24 [Radeon RX 6400]", "amdgpu", "suspended", integrated=False),
    ),
    demo=True,
)


POOLS = {
    "cache": KernelPool(
        "online",
        BtrfsPool("none", missing=0, errors=(PoolErrors(0, 0, 0, 0, 0),) * 2),
        Scrub("finished", None, 0, "2025-06-01T01:01:00Z"),
    ),
    "downloads": KernelPool("online", None, Scrub("unknown", None, None, None)),
}
"""The kernel's values of the pools: one of btrfs, one of ZFS."""


def hardware_files() -> dict[str, str]:
    """The recordings by their path below the tree."""
    recordings = {"ups": UPS, "network": NETWORK, "sensors": SENSORS, "gpu": GPUS, "pools": POOLS}
    return {
        f"demo/{name}.json": msgspec.json.format(msgspec.json.encode(message), indent=2).decode() + "\n"
        for name, message in recordings.items()
    }
