"""Sensor chips below ``/sys/class/hwmon``. Everything here blocks.

No file of disks' and GPUs' chips is opened, not even their name: a read sends a command
to the drive, or wakes the GPU. Their place in the device tree shows what they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from uma.feeds.files import read_attribute, read_optional
from uma.feeds.hwmon import is_drive_or_gpu
from uma.feeds.sensors.parse import (
    KINDS,
    Statement,
    choices_for,
    is_connected,
    is_core,
    parse_channel,
    parse_chip_place,
    parse_conf,
    parse_critical,
    parse_label,
    parse_value,
    role_of,
)
from uma.host import Host

MAX_SENSORS = 64

MAX_DEVICES_ABOVE = 4
VIRTUAL = "virtual-0"
"""End of the name of a chip that is on no bus."""

LEFT_OUT = frozenset({"drivetemp", "nvme", "amdgpu", "radeon", "nouveau", "i915", "xe"})
"""Names of the same chips, in case they are elsewhere in the tree."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel without its reading."""

    id: str
    kind: str
    unit: str
    label: str
    role: str | None
    critical: float | None
    is_connected: bool
    path: Path
    """Path without its ending: ``_input`` and ``_fault`` are appended."""

    @property
    def is_core(self) -> bool:
        """True for the sensor of one processor core."""
        return is_core(self.label)


@dataclass(frozen=True, slots=True)
class Reading:
    """A channel's value and fault; None if it can't be read."""

    value: float | None = None
    fault: bool | None = None


def list_chips(sys: Path) -> Sequence[str]:
    """Return the names below class/hwmon, which change when a driver comes or goes."""
    try:
        return sorted(path.name for path in (sys / "class/hwmon").iterdir())
    except OSError:
        return ()


def read_conf(host: Host) -> str:
    """Return the user's sensors.conf; empty without one."""
    return read_optional(host.root / "etc/sensors.d/sensors.conf")


def read_channels(host: Host) -> Sequence[Sequence[Channel]]:
    """Return the channels of each chip, at most 64 in all; cores are dropped first."""
    statements = parse_conf(read_conf(host))
    names = sorted(list_chips(host.sys), key=_number)
    chips = _with_one_cpu([_read_chip(host.sys, name, statements) for name in names])
    if sum(map(len, chips)) > MAX_SENSORS:
        chips = [[channel for channel in chip if not channel.is_core] for chip in chips]
    left = MAX_SENSORS
    kept: list[Sequence[Channel]] = []
    seen: set[str] = set()
    for chip in chips:
        # Two chips of one name, such as two thermal zones, can't be distinguished.
        new = [channel for channel in chip if channel.id not in seen][:left]
        seen |= {channel.id for channel in new}
        kept.append(new)
        left -= len(new)
    return [chip for chip in kept if chip]


def read_values(channels: Sequence[Channel]) -> Sequence[Reading]:
    """Return a reading of each channel."""
    return [
        Reading(
            value=parse_value(channel.kind, read_attribute(_of(channel.path, "_input"))),
            fault={"0": False, "1": True}.get(read_attribute(_of(channel.path, "_fault"))),
        )
        for channel in channels
    ]


def _read_chip(sys: Path, name: str, statements: Sequence[Statement]) -> Sequence[Channel]:
    hwmon = (sys / "class/hwmon" / name).resolve()
    if is_drive_or_gpu(hwmon):
        return []
    prefix = parse_label(read_attribute(hwmon / "name"))
    if not prefix or prefix in LEFT_OUT:
        return []
    chip_id = f"{prefix}-{_place_of(hwmon)}"
    choices = choices_for(chip_id, statements)
    channels: list[Channel] = []
    for kind, number in _channels(hwmon):
        channel = f"{kind}{number}"
        path = hwmon / channel
        own = choices.labels.get(channel)
        label = own or parse_label(read_attribute(_of(path, "_label"))) or channel
        if channel in choices.ignored or channel in choices.computed or (kind == "in" and label == channel):
            # A voltage without a label is measured at the pin, before the board's
            # divider.
            continue
        channels.append(
            Channel(
                id=f"{chip_id}/{channel}",
                kind=KINDS[kind][0],
                unit=KINDS[kind][1],
                label=label,
                role=role_of(label, is_users=own is not None, chip=prefix),
                critical=parse_critical(read_attribute(_of(path, "_crit"))) if kind == "temp" else None,
                is_connected=is_connected(label, is_users=own is not None),
                path=path,
            )
        )
    return channels


def _place_of(hwmon: Path) -> str:
    """Return the end of libsensors' name of a chip: the place of the nearest device
    above that is on a known bus. A thermal zone, for example, is below an ACPI device.
    """
    device = hwmon
    for _ in range(MAX_DEVICES_ABOVE):
        device /= "device"
        if not device.exists():
            break
        device = device.resolve()
        subsystem = device / "subsystem"
        place = parse_chip_place(subsystem.resolve().name if subsystem.exists() else "", device.name)
        if place is not None:
            return place
    return VIRTUAL


def _of(channel: Path, ending: str) -> Path:
    return channel.with_name(channel.name + ending)


def _channels(hwmon: Path) -> Sequence[tuple[str, int]]:
    try:
        found = [channel for path in hwmon.iterdir() if (channel := parse_channel(path.name)) is not None]
    except OSError:
        return ()
    order = list(KINDS)
    return sorted(found, key=lambda channel: (order.index(channel[0]), channel[1]))


def _with_one_cpu(chips: Sequence[Sequence[Channel]]) -> Sequence[Sequence[Channel]]:
    """Give the processor's role to the user's choice, if there is one."""
    by_user = {
        channel.id
        for chip in chips
        for channel in chip
        if channel.role == "cpu" and channel.label.casefold() == "cpu temp"
    }
    if not by_user:
        return chips
    return [
        [
            replace(channel, role=None) if channel.role == "cpu" and channel.id not in by_user else channel
            for channel in chip
        ]
        for chip in chips
    ]


def _number(name: str) -> tuple[int, str]:
    digits = name.removeprefix("hwmon")
    return (int(digits) if digits.isascii() and digits.isdigit() else 0, name)
