"""The parts of a server that are devices of their own: what identifies them, and their data."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

SERVER_INFO: Final = "server/info"
STATS: Final = "system/stats"

SERVER: Final = "server"
DISK: Final = "disk"
UNASSIGNED: Final = "unassigned"
POOL: Final = "pool"
CONTAINER: Final = "container"
VM: Final = "vm"
UPS: Final = "ups"
PORT: Final = "port"

PORT_KINDS: Final = frozenset({"port", "bond", "wifi"})
"""Interfaces with a link of their own; bridges, VLANs and tunnels have none."""

ROLES: Final = {"parity_disks": "parity", "disks": "data", "cache_disks": "pool"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its ``key`` is stable, ``name`` is for people, ``data`` is the newest."""

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
            return {POOL: _by_key(Part(POOL, p["name"], f"Pool {p['name']}", p) for p in data.get("pools", ()))}
        case "docker/containers":
            return {CONTAINER: _by_key(Part(CONTAINER, c["name"], c["name"], c) for c in data.get("containers", ()))}
        case "vms/status":
            return {VM: _by_key(Part(VM, v["uuid"], v["name"], v) for v in data.get("vms", ()))}
        case "ups/status":
            return {UPS: _by_key(Part(UPS, u["id"], u["model"] or u["name"] or "UPS", u) for u in data.get("ups", ()))}
        case "network/status":
            ports = (each for each in data.get("interfaces", ()) if each["kind"] in PORT_KINDS)
            return {PORT: _by_key(Part(PORT, each["name"], each["name"], each) for each in ports)}
    return {}


def _by_key(parts: Iterator[Part]) -> dict[str, Part]:
    return {part.key: part for part in parts}


def _disks(data: Mapping[str, Any]) -> Iterator[Part]:
    for field, role in ROLES.items():
        for disk in data.get(field, ()):
            yield Part(DISK, disk["name"], _slot_name(disk["name"]), {**disk, "role": role})


def _unassigned(data: Mapping[str, Any]) -> Iterator[Part]:
    """Give the devices in no slot whose id is theirs alone: their names change with each start."""
    ids = [device["id"] for device in data.get("unassigned", ())]
    for device in data.get("unassigned", ()):
        if device["id"] is not None and ids.count(device["id"]) == 1:
            yield Part(UNASSIGNED, device["id"], device["id"].replace("_", " "), device)


def _slot_name(slot: str) -> str:
    """Return ``Disk 1`` for ``disk1``; a pool's member is ``Disk cache``."""
    match = re.fullmatch(r"(disk|parity)(\d*)", slot)
    return f"{match[1].capitalize()} {match[2]}".strip() if match else f"Disk {slot}"
