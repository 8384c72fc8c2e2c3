"""The message of the network feed."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import COUNT, ON_DEMAND, Doc, Matching, Words

KINDS = ("port", "bond", "bridge", "vlan", "wifi", "wireguard", "tailscale")
STATES = ("up", "down", "no_carrier")
DUPLEXES = ("full", "half")

MIN_VLAN_ID, MAX_VLAN_ID = 1, 4094


@dataclass(frozen=True, slots=True)
class Bond:
    """Health of a bond. It still works with one member, so a lost member is easily
    missed.
    """

    about: ClassVar[str] = "Health of a bond. With fewer members up than it has, it is degraded."

    mode: Annotated[str | None, Doc("Mode, in the kernel's word, such as `802.3ad` or `active-backup`.")]
    members: Annotated[
        int,
        Doc("Members that it has or should have: those of the user's settings, else all used since boot."),
        COUNT,
    ]
    members_up: Annotated[int, Doc("Members with a link."), COUNT]


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface. A field is None if it is not known now."""

    about: ClassVar[str] = "One network interface. Counters are since boot."

    name: Annotated[str, Doc("The kernel's name, such as `eth0` or `br0.5`.")]
    kind: Annotated[str, Doc("What it is; `port` is a wired network card."), Words(*KINDS)]
    description: Annotated[str | None, Doc("The user's description, from Unraid's network settings.")]
    state: Annotated[str, Doc("`down`: switched off. `no_carrier`: switched on, without a link."), Words(*STATES)]
    speed_mbps: Annotated[int | None, Doc("Speed in Mbit/s; null without a carrier."), COUNT]
    duplex: Annotated[str | None, Doc("Duplex; null without a carrier."), Words(*DUPLEXES)]
    mtu: Annotated[int | None, Doc("Largest packet, in bytes."), COUNT]
    carrier_changes: Annotated[
        int | None, Doc("Times the link came or went since boot. A rising number hints at a loose cable."), COUNT
    ]
    master: Annotated[str | None, Doc("The bond or bridge that it is a member of.")]
    lower: Annotated[tuple[str, ...], Doc("The interfaces that it is made of.")]
    vlan_id: Annotated[int | None, Doc("VLAN."), Matching(minimum=MIN_VLAN_ID, maximum=MAX_VLAN_ID)]
    bytes_sent: Annotated[int | None, Doc("Bytes sent."), COUNT]
    bytes_recv: Annotated[int | None, Doc("Bytes received."), COUNT]
    bytes_sent_per_sec: Annotated[int | None, Doc("Bytes sent per second."), COUNT, ON_DEMAND]
    bytes_recv_per_sec: Annotated[int | None, Doc("Bytes received per second."), COUNT, ON_DEMAND]
    errors_sent: Annotated[int | None, Doc("Packets that could not be sent."), COUNT]
    errors_recv: Annotated[int | None, Doc("Packets that came damaged."), COUNT]
    drops_sent: Annotated[int | None, Doc("Packets dropped before they were sent."), COUNT]
    drops_recv: Annotated[
        int | None, Doc("Packets dropped after they came, as the webGUI counts them. Normal on a healthy port."), COUNT
    ]
    bond: Annotated[Bond | None, Doc("Health of a bond; null for other kinds.")]


@dataclass(frozen=True, slots=True)
class NetworkStatus:
    """Every network interface of the server itself."""

    kind: ClassVar[str] = "network_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Every network interface of the server itself; not those of containers and VMs."

    interfaces: Annotated[tuple[Interface, ...], Doc("The interfaces by name, at most 32; VLANs are left out first.")]
    demo: Annotated[bool, Doc("Whether this is the demo tree's recording.")] = False
