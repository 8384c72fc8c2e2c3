"""The parts of a server: their identity, their devices, and their data."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

SERVER_INFO: Final = "server/info"
STATS: Final = "system/stats"

SERVER: Final = "server"
DISK: Final = "disk"
DISK_ACTIVITY: Final = "disk_activity"
UNASSIGNED: Final = "unassigned"
POOL: Final = "pool"
SHARE: Final = "share"
CONTAINER: Final = "container"
VM: Final = "vm"
UPS: Final = "ups"
PORT: Final = "port"
GPU: Final = "gpu"
CORE: Final = "core"
TEMPERATURE: Final = "temperature"
FAN: Final = "fan"
VOLTAGE: Final = "voltage"

STREAMS: Final = {
    DISK: "storage/status",
    DISK_ACTIVITY: "storage/details",
    UNASSIGNED: "storage/status",
    POOL: "storage/details",
    SHARE: "shares/status",
    CONTAINER: "docker/containers",
    VM: "vms/status",
    UPS: "ups/status",
    PORT: "network/status",
    GPU: "gpu/status",
    CORE: STATS,
    TEMPERATURE: "sensors/status",
    FAN: "sensors/status",
    VOLTAGE: "sensors/status",
}
"""The stream that lists the parts of each kind."""

CHANNELS: Final = (TEMPERATURE, FAN, VOLTAGE)

ON_SERVER: Final = frozenset({SERVER, CORE, *CHANNELS})
"""Kinds whose entities belong to the server's device; their names include the
part's.
"""

DEVICE_KINDS: Final = {DISK_ACTIVITY: DISK}
"""Kinds whose entities belong to the device of another kind."""

PORT_KINDS: Final = frozenset({"port", "bond", "wifi"})
"""Interfaces with a link of their own; bridges, VLANs and tunnels have none."""

ROLES: Final = {"parity_disks": "parity", "disks": "data", "cache_disks": "pool"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part; ``key`` is stable, ``name`` is for people, ``data`` is the newest."""

    kind: str
    key: str
    name: str
    data: Mapping[str, Any]


def parts_of(stream: str, data: Mapping[str, Any]) -> dict[str, dict[str, Part]]:
    """Return the parts in the *data* of *stream*, by kind and key."""
    match stream:
        case "storage/status":
            return {DISK: _by_key(_disks(data)), UNASSIGNED: _by_key(_unassigned(data))}
        case "storage/details":
            activity = (Part(DISK_ACTIVITY, d["name"], _slot_name(d["name"]), d) for d in data.get("disks", ()))
            pools = (Part(POOL, p["name"], f"Pool {p['name']}", p) for p in data.get("pools", ()))
            return {DISK_ACTIVITY: _by_key(activity), POOL: _by_key(pools)}
        case "shares/status":
            return {SHARE: _by_key(Part(SHARE, s["name"], f"Share {s['name']}", s) for s in data.get("shares", ()))}
        case "docker/containers":
            return {CONTAINER: _by_key(Part(CONTAINER, c["name"], c["name"], c) for c in data.get("containers", ()))}
        case "vms/status":
            return {VM: _by_key(Part(VM, v["uuid"], v["name"], v) for v in data.get("vms", ()))}
        case "ups/status":
            return {UPS: _by_key(Part(UPS, u["id"], u["model"] or u["name"] or "UPS", u) for u in data.get("ups", ()))}
        case "network/status":
            ports = (each for each in data.get("interfaces", ()) if each["kind"] in PORT_KINDS)
            return {PORT: _by_key(Part(PORT, each["name"], each["name"], each) for each in ports)}
        case "gpu/status":
            return {GPU: _by_key(Part(GPU, g["id"], f"GPU {g['name'] or g['id']}", g) for g in data.get("gpus", ()))}
        case "system/stats":
            return {CORE: _by_key(_cores(data))}
        case "sensors/status":
            channels = list(_channels(data))
            return {kind: _by_key(part for part in channels if part.kind == kind) for kind in CHANNELS}
    return {}


def _by_key(parts: Iterator[Part]) -> dict[str, Part]:
    return {part.key: part for part in parts}


def _disks(data: Mapping[str, Any]) -> Iterator[Part]:
    for field, role in ROLES.items():
        for disk in data.get(field, ()):
            yield Part(DISK, disk["name"], _slot_name(disk["name"]), {**disk, "role": role})


def _unassigned(data: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the unassigned devices with an id; names may change."""
    ids = [device["id"] for device in data.get("unassigned", ())]
    for device in data.get("unassigned", ()):
        if device["id"] is not None and ids.count(device["id"]) == 1:
            yield Part(UNASSIGNED, device["id"], device["id"].replace("_", " "), device)


def _cores(data: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the logical CPUs, counted from 1 for people and from 0 for the kernel."""
    for number, percent in enumerate(data.get("cpu_cores") or ()):
        yield Part(CORE, str(number), str(number + 1), {"percent": percent})


def _channels(data: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the channels of sensor chips; a repeated label is followed by the chip."""
    sensors = [each for each in data.get("sensors", ()) if each["kind"] in CHANNELS]
    labels = Counter(each["label"] for each in sensors)
    for each in sensors:
        label = each["label"] if labels[each["label"]] == 1 else f"{each['label']} ({each['id'].replace('/', ' ')})"
        yield Part(each["kind"], each["id"], label, each)


def _slot_name(slot: str) -> str:
    """Return ``Disk 1`` for ``disk1``; a pool's member is ``Disk cache``."""
    match = re.fullmatch(r"(disk|parity)(\d*)", slot)
    return f"{match[1].capitalize()} {match[2]}".strip() if match else f"Disk {slot}"
