"""The state of each link, from sysfs. Everything here blocks: see ``speed`` below.

``speed`` and ``duplex`` query the card, and wait for the kernel's network lock, which
Docker may hold for long. So they are read only with a carrier, and only after a change.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uma.feeds import ini
from uma.feeds.files import read_attribute, read_optional, shown_name
from uma.feeds.network.model import DUPLEXES, Bond
from uma.feeds.network.parse import (
    Plan,
    is_own,
    parse_count,
    parse_kind,
    parse_plan,
    parse_speed,
    parse_state,
    parse_vlan,
    parse_vlans,
)
from uma.host import Host

MAX_INTERFACES = 32
"""The message has at most 16 KB."""
WORTH = ("port", "bond", "wifi", "bridge", "wireguard", "tailscale", "vlan")
WITH_SPEED = frozenset({"port", "bond"})
"""Kinds with a speed of their own. A bridge repeats the speed of its ports; that of a
tunnel is invented.
"""


@dataclass(frozen=True, slots=True)
class Link:
    """One interface without its counters. ``drops_recv`` is None except for
    hardware.
    """

    name: str
    kind: str
    description: str | None
    state: str
    speed_mbps: int | None
    duplex: str | None
    mtu: int | None
    carrier_changes: int | None
    master: str | None
    lower: tuple[str, ...]
    vlan_id: int | None
    bond: Bond | None
    drops_recv: int | None


def read_links(host: Host, before: Collection[Link] = ()) -> tuple[Link, ...]:
    """Read the links by name. *before* are the previous ones, for their speeds."""
    folder = host.sys / "class/net"
    known = {link.name: link for link in before}
    plan = parse_plan(ini.parse(read_optional(host.state / "network.ini")))
    vlans = parse_vlans(read_attribute(host.proc / "net/vlan/config"))
    links = (
        _read_link(folder / name, plan, vlans, known.get(shown_name(name))) for name in _names(folder) if is_own(name)
    )
    found = [link for link in links if link is not None]
    # Above the limit, as with a VLAN for each room, ports come first.
    kept = sorted(found, key=lambda link: WORTH.index(link.kind))[:MAX_INTERFACES]
    return tuple(sorted(kept, key=lambda link: link.name))


def _names(folder: Path) -> Sequence[str]:
    """Return the sorted names in *folder*; none if it can't be read."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return ()


def _read_link(folder: Path, plan: Plan, vlans: Mapping[str, int], known: Link | None) -> Link | None:
    name = shown_name(folder.name)
    has_device = os.path.lexists(folder / "device")
    kind = parse_kind(name, read_attribute(folder / "uevent"), has_device=has_device)
    if kind is None:
        return None
    carrier, flags, operstate = (
        read_attribute(folder / "carrier"),
        read_attribute(folder / "flags"),
        read_attribute(folder / "operstate"),
    )
    if not flags and not operstate:
        # The link vanished during the read, which does not make it down.
        return None
    state = parse_state(flags, operstate, carrier)
    changes = parse_count(read_attribute(folder / "carrier_changes"))
    speed, duplex = None, None
    if kind in WITH_SPEED and carrier == "1":
        is_same = known is not None and changes is not None and (known.state, known.carrier_changes) == (state, changes)
        # A bond's speed is the sum of its members', which may change while its own
        # carrier stays.
        speed, duplex = (
            (known.speed_mbps, known.duplex)
            if is_same and known is not None and kind == "port" and known.speed_mbps is not None
            else (parse_speed(read_attribute(folder / "speed")), read_attribute(folder / "duplex"))
        )
    return Link(
        name=name,
        kind=kind,
        description=plan.descriptions.get(name),
        state=state,
        speed_mbps=speed,
        duplex=duplex if duplex in DUPLEXES else None,
        mtu=parse_count(read_attribute(folder / "mtu")),
        carrier_changes=changes,
        master=_target(folder / "master"),
        lower=_lower(folder),
        vlan_id=(vlans.get(name) or parse_vlan(name.rpartition(".")[2])) if kind == "vlan" else None,
        bond=_read_bond(folder, plan) if kind == "bond" else None,
        drops_recv=parse_count(read_attribute(folder / "statistics/rx_dropped")) if has_device else None,
    )


def _read_bond(folder: Path, plan: Plan) -> Bond:
    members = set(read_attribute(folder / "bonding/slaves").split())
    up = {name for name in members if read_attribute(folder.parent / name / "carrier") == "1"}
    if folder.name in plan.unchosen:
        # Unraid bonds all ports by itself: one without a link since the boot is unused.
        members = {
            name for name in members if name in up or read_attribute(folder.parent / name / "carrier_up_count") != "0"
        }
    words = read_attribute(folder / "bonding/mode").split()
    members |= set(plan.members.get(folder.name, ()))
    return Bond(mode=words[0] if words else None, members=len(members), members_up=len(up))


def _lower(folder: Path) -> tuple[str, ...]:
    lower = (name.removeprefix("lower_") for name in _names(folder) if name.startswith("lower_"))
    return tuple(shown_name(name) for name in lower if is_own(name))[:MAX_INTERFACES]


def _target(link: Path) -> str | None:
    try:
        return shown_name(link.readlink().name)
    except OSError:
        return None
