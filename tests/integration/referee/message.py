"""Facts that the webGUI's pages must show for a message: each as text, or as a query of it."""

from collections.abc import Iterator
from datetime import datetime

from uma.feeds.storage.model import Disk, ParityCheck, StorageStatus, UnassignedDevice

from .pages import Key
from .webgui import Ask

Facts = Iterator[tuple[str, str | Ask]]

DISABLED = {"parity": "Parity device is disabled", "disk": "Device is disabled, contents emulated"}
MISSING = {"parity": "Parity device is missing", "disk": "Device is missing (disabled), contents emulated"}
INVALID = {"parity": "Parity is invalid", "disk": "Device contents emulated"}
MAIN_WORDS = {
    "active": ({}, "Normal operation, device is active"),
    "standby": ({}, "Device is in standby mode (spun-down)"),
    "new": ({}, "New device"),
    "disabled": (DISABLED, "Device is disabled"),
    "wrong": (DISABLED, "Device is disabled"),
    "missing": (MISSING, "Device is missing (disabled)"),
    **dict.fromkeys(("emulated", "rebuilding", "syncing", "invalid"), (INVALID, "Device contents invalid")),
}
"""Main's explanation of a device's light by the contract's word: for parity and for data disks, and for all others."""
DASHBOARD_WORDS = {"missing": "faulty", "wrong": "disabled", "new": "unassigned"}
"""The Dashboard's words where they are not the contract's."""
LIMITS = {"ok": "green-text", "hot": "orange-text", "critical": "red-text", None: "green-text"}
BARS = {"ok": "greenbar", "warning": "orangebar", "critical": "redbar"}
ACTIONS = {
    "check": "Parity-Check",
    "correcting_check": "Parity-Check",
    "read_check": "Read-Check",
    "sync": "Parity-Sync",
    "rebuild": "Data-Rebuild",
    "clear": "Disk-Clear",
}
VALID = ("active", "standby")


def pages_of(message: StorageStatus) -> dict[Key, str | Ask]:
    """All facts of *message* that the pages show too."""
    facts: dict[Key, str | Ask] = {}
    boot = () if message.boot is None else (message.boot,)
    groups: dict[str, tuple[Disk | UnassignedDevice, ...]] = {
        "parity": message.parity_disks,
        "disk": message.disks,
        "pool": message.cache_disks,
        # Only a flash drive has no id in the message.
        "flash" if any(disk.id is None for disk in boot) else "boot": boot,
        "new": message.unassigned,
    }
    for kind, devices in groups.items():
        for device in devices:
            facts |= {("main", device.name, what): text for what, text in _main_row(device, kind)}
            if device.status in ("missing", "wrong") and message.array_status == "stopped":
                facts["main", device.name, "note"] = device.status.capitalize()
            # The Dashboard has no row for it.
            if kind != "flash":
                facts |= {("dashboard", device.name, what): text for what, text in _dashboard_row(device, kind)}
    facts |= {("main", "", what): text for what, text in _operation(message.parity_check)}
    facts |= {("dashboard", "", what): text for what, text in _parity(message)}
    facts["main", "", "started"] = str(int(message.array_status in ("started", "maintenance")))
    facts["main", "", "stopped"] = str(int(message.array_status == "stopped"))
    if message.array_status == "maintenance":
        facts["main", "", "mode"] = "maintenance"
    return facts


def _main_row(device: Disk | UnassignedDevice, kind: str) -> Facts:
    status = "new" if kind == "new" else device.status
    by_kind, otherwise = MAIN_WORDS.get(status, ({}, status))
    asleep = ", in standby mode (spun-down)" if device.spun_down and status != "standby" else ""
    yield "status", by_kind.get(kind, otherwise) + asleep
    yield "temperature", _temperature(device)
    if device.device_base is not None:
        yield "device", device.device_base.removeprefix("/dev/")
        yield "size", device.size
    if isinstance(device, Disk):
        yield "errors", str(device.errors)
        if device.used is not None:
            yield "filesystem", str(device.filesystem)
            yield "used", device.used
            yield "free", str(device.free)
            yield from _usage(device)


def _dashboard_row(device: Disk | UnassignedDevice, kind: str) -> Facts:
    status = "new" if kind == "new" else device.status
    yield "status", DASHBOARD_WORDS.get(status, status)
    yield "temperature", _temperature(device)
    if not device.spun_down:
        yield "limits", LIMITS[device.temperature_state]
    if isinstance(device, Disk) and device.used is not None:
        yield from _usage(device)
        if kind in ("pool", "boot"):
            yield "percent of pool", str(device.usage_percent)


def _usage(disk: Disk) -> Facts:
    yield "percent", str(disk.usage_percent)
    yield "usage", BARS[str(disk.usage_state)]


def _temperature(device: Disk | UnassignedDevice) -> str | Ask:
    return "*" if device.temperature is None else ("my_temp", device.temperature)


def _operation(check: ParityCheck) -> Facts:
    if check.status != "idle":
        yield "operation", check.status
        yield "percent", str(check.percent)
        yield "errors", str(check.errors)
        yield "speed", "---" if check.speed_bytes_per_sec is None else ("my_scale", check.speed_bytes_per_sec, 1)
        yield "eta", "Unknown" if check.eta_seconds is None else ("my_clock", round(check.eta_seconds / 60))


def _parity(message: StorageStatus) -> Facts:
    check, last = message.parity_check, message.parity_check.last
    if check.status != "idle":
        yield "operation", ACTIONS[str(check.action)]
        yield "percent", str(check.percent)
        return
    faults = sum(disk.status not in VALID for disk in message.parity_disks)
    if all(disk.device is None for disk in message.parity_disks):
        yield "parity", "Parity disks not present"
    elif message.array_protection == "invalid":
        yield "parity", "Parity is invalid"
    elif faults:
        yield "parity", f"Parity is degraded: {faults} invalid device{'' if faults == 1 else 's'}"
    else:
        yield "parity", "Parity is valid"
    if last is None:
        yield "last", "never"
        return
    yield "last", last.result
    yield "last at", ("my_time", int(datetime.fromisoformat(last.at).timestamp()))
    yield "errors", str(last.errors)
    if last.result == "ok":
        yield "duration", ("my_check", last.duration_seconds, "")
