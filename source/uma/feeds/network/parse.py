"""The kernel's and Unraid's texts about network interfaces.

Facts: the kernel's Documentation/ABI/testing/sysfs-class-net, net/core/net-procfs.c and
net/8021q/vlanproc.c; for network.ini, webgui's sbin/create_network_ini.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from uma.feeds.network.model import MAX_VLAN_ID, MIN_VLAN_ID

MAX_DESCRIPTION_CHARACTERS = 64
MAX_SPEED_MBPS = 1_000_000
UNKNOWN_SPEED_MBPS = 65_535
"""Speed by drivers that keep -1 in 16 bits."""
IFF_UP = 1
UNCHOSEN_MEMBERS = frozenset({"eth0", "eth1", "eth2", "eth3"})
"""Members of a bond on a server whose network settings were never changed, whatever
ports it has (webgui: etc/rc.d/rc.inet1.conf, sbin/create_network_ini).
"""

_OTHERS = re.compile(
    r"lo|docker\d+|docker_gwbridge|br-[0-9a-f]{12}|(cni-)?podman\d+"
    r"|(veth|vnet|virbr|vhost|shim-|tunl|ifb|tap|macvtap|dummy|lxc).*"
)
"""Interfaces of containers and VMs, and those that the kernel creates by itself."""

_KINDS = {"bond": "bond", "bridge": "bridge", "vlan": "vlan", "wlan": "wifi", "wireguard": "wireguard"}


@dataclass(frozen=True, slots=True)
class Counters:
    """Counters of one interface since boot, in bytes and packets."""

    bytes_recv: int
    errors_recv: int
    drops_recv: int
    bytes_sent: int
    errors_sent: int
    drops_sent: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Unraid's network settings: descriptions by interface, members by bond; bonds
    whose members nobody chose.
    """

    descriptions: Mapping[str, str]
    members: Mapping[str, Collection[str]]
    unchosen: Collection[str] = ()


def is_own(name: str) -> bool:
    """Return whether *name* may belong to the server itself, not to a
    container or VM.
    """
    return not _OTHERS.fullmatch(name)


def parse_kind(name: str, uevent: str, *, has_device: bool) -> str | None:
    """Return the kind from sysfs' ``uevent``; None if it is not one of UMA's."""
    device_type = next(
        (line.removeprefix("DEVTYPE=") for line in uevent.splitlines() if line.startswith("DEVTYPE=")), ""
    )
    if kind := _KINDS.get(device_type):
        return kind
    if has_device:
        return "port"
    return "tailscale" if name.startswith("tailscale") else None


def parse_state(flags: str, operstate: str, carrier: str) -> str:
    """Return the state. A tunnel's operstate is ``unknown``; only its carrier shows its
    state.
    """
    try:
        is_on = bool(int(flags, 16) & IFF_UP)
    except ValueError:
        is_on = operstate not in {"", "down"}
    if not is_on:
        return "down"
    # The kernel updates operstate up to a second late.
    if carrier == "0":
        return "no_carrier"
    return "up" if operstate == "up" or (operstate == "unknown" and carrier == "1") else "no_carrier"


def parse_count(text: str) -> int | None:
    """Return a number from 0; None for -1 or empty text."""
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 20 else None


def parse_speed(text: str) -> int | None:
    """Return Mbit/s. Virtual cards report -1, which some kernels write as
    4294967295.
    """
    speed = parse_count(text)
    return speed if speed and speed <= MAX_SPEED_MBPS and speed != UNKNOWN_SPEED_MBPS else None


def parse_counters(text: str) -> Mapping[str, Counters]:
    """Return the counters of ``/proc/net/dev`` by interface, without damaged lines."""
    found: dict[str, Counters] = {}
    for line in text.splitlines():
        name, separator, rest = line.partition(":")
        words = rest.split()
        if not separator or len(words) < 12:
            continue
        numbers = [parse_count(words[column]) for column in (0, 2, 3, 8, 10, 11)]
        if None not in numbers:
            found[name.strip()] = Counters(*(number or 0 for number in numbers))
    return found


def parse_vlans(text: str) -> Mapping[str, int]:
    """Return the VLAN ids of ``/proc/net/vlan/config``: ``eth0.5  | 5  | eth0``."""
    rows = (line.split("|") for line in text.splitlines())
    pairs = ((row[0].strip(), parse_vlan(row[1])) for row in rows if len(row) == 3)
    return {name: vlan for name, vlan in pairs if vlan is not None}


def parse_vlan(text: str) -> int | None:
    """Return a VLAN id."""
    vlan = parse_count(text)
    return vlan if vlan is not None and MIN_VLAN_ID <= vlan <= MAX_VLAN_ID else None


def parse_plan(sections: Mapping[str, Mapping[str, str]]) -> Plan:
    """Return the contents of network.ini. Each section is for one port and
    its VLANs.
    """
    descriptions: dict[str, str] = {}
    members: dict[str, Collection[str]] = {}
    for port, keys in sections.items():
        names = [port]
        if keys.get("BONDING") == "yes" and (bond := keys.get("BONDNAME")):
            names.append(bond)
            members[bond] = frozenset(keys.get("BONDNICS", "").replace(",", " ").split())
        if keys.get("BRIDGING") == "yes" and (bridge := keys.get("BRNAME")):
            names.append(bridge)
        for key, text in keys.items():
            label, _, place = key.partition(":")
            description = " ".join(text.split())[:MAX_DESCRIPTION_CHARACTERS]
            vlan = keys.get(f"VLANID:{place}")
            if label == "DESCRIPTION" and description and (vlan or place in {"", "0"}):
                descriptions |= {f"{name}.{vlan}" if vlan else name: description for name in names}
    unchosen = {bond for bond, planned in members.items() if planned == UNCHOSEN_MEMBERS}
    return Plan(descriptions, {bond: members[bond] for bond in members.keys() - unchosen}, unchosen)
