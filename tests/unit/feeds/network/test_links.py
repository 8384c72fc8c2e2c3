"""Links from sysfs; the trees have the kernel's own forms."""

import os

import pytest

from uma.feeds.network.links import MAX_INTERFACES, read_links
from uma.feeds.network.model import Bond
from uma.host import Host

from .trees import add_link


def links(root, before=()):
    (root / "proc/net").mkdir(parents=True, exist_ok=True)
    return {link.name: link for link in read_links(Host(root), before)}


def test_an_unraid_server(tmp_path):
    """Two ports in a bond, in a bridge, with a VLAN, a tunnel; containers' links are left out."""
    for name in ("eth0", "eth1"):
        add_link(tmp_path, name, device=True, speed="1000", duplex="full", master="bond0", statistics__rx_dropped="7")
    add_link(
        tmp_path,
        "bond0",
        uevent="DEVTYPE=bond",
        speed="2000",
        duplex="full",
        master="br0",
        lower=("eth0", "eth1"),
        bonding__mode="802.3ad 4",
        bonding__slaves="eth0 eth1",
    )
    add_link(tmp_path, "br0", uevent="DEVTYPE=bridge", speed="2000", lower=("bond0", "vnet0"))
    add_link(tmp_path, "br0.5", uevent="DEVTYPE=vlan", lower=("br0",))
    add_link(tmp_path, "wg0", uevent="DEVTYPE=wireguard", operstate="unknown", flags="0x91")
    add_link(tmp_path, "veth0", speed="10000")
    add_link(tmp_path, "lo")
    (tmp_path / "sys/class/net/bonding_masters").write_text("bond0\n")
    found = links(tmp_path)

    assert {name: (link.kind, link.state, link.speed_mbps) for name, link in found.items()} == {
        "bond0": ("bond", "up", 2000),
        "br0": ("bridge", "up", None),
        "br0.5": ("vlan", "up", None),
        "eth0": ("port", "up", 1000),
        "eth1": ("port", "up", 1000),
        "wg0": ("wireguard", "up", None),
    }
    assert (found["eth0"].master, found["bond0"].lower, found["br0"].lower) == ("bond0", ("eth0", "eth1"), ("bond0",))
    assert (found["br0.5"].vlan_id, found["eth0"].drops_recv, found["br0"].drops_recv) == (5, 7, None)
    assert found["bond0"].bond == Bond("802.3ad", members=2, members_up=2)


@pytest.mark.parametrize(
    ("slaves", "carriers", "bond"),
    [
        ("eth0 eth1", ("1", "0"), Bond("active-backup", 2, 1)),
        ("eth0", ("1", None), Bond("active-backup", 2, 1)),
        ("", (None, None), Bond("active-backup", 2, 0)),
    ],
)
def test_a_bond_short_of_a_member(tmp_path, slaves, carriers, bond):
    """A pulled cable, or a missing card: members named in Unraid's settings count too."""
    for name, carrier in zip(("eth0", "eth1"), carriers, strict=True):
        if carrier is not None:
            add_link(tmp_path, name, device=True, carrier=carrier)
    add_link(tmp_path, "bond0", uevent="DEVTYPE=bond", bonding__mode="active-backup 1", bonding__slaves=slaves)
    state = tmp_path / "var/local/emhttp"
    state.mkdir(parents=True)
    (state / "network.ini").write_text('[eth0]\nBONDING="yes"\nBONDNAME="bond0"\nBONDNICS="eth0,eth1"\n')

    assert links(tmp_path)["bond0"].bond == bond


@pytest.mark.parametrize(
    ("slaves", "up_count", "bond"),
    [
        # A server with a single port.
        ("eth0", None, Bond("active-backup", members=1, members_up=1)),
        # A second port that has never had a cable.
        ("eth0 eth1", "0", Bond("active-backup", members=1, members_up=1)),
        # A second port whose cable was pulled.
        ("eth0 eth1", "1", Bond("active-backup", members=2, members_up=1)),
        ("eth0 eth1", None, Bond("active-backup", members=2, members_up=1)),
    ],
)
def test_a_bond_by_unraids_defaults(tmp_path, slaves, up_count, bond):
    """By default all ports are in a bond, and its settings name four whatever the server has: unused ones are no
    fault.
    """
    add_link(tmp_path, "eth0", device=True, carrier_up_count="1")
    add_link(tmp_path, "eth1", device=True, carrier="0", carrier_up_count=up_count)
    add_link(tmp_path, "bond0", uevent="DEVTYPE=bond", bonding__mode="active-backup 1", bonding__slaves=slaves)
    state = tmp_path / "var/local/emhttp"
    state.mkdir(parents=True)
    (state / "network.ini").write_text('[eth0]\nBONDING="yes"\nBONDNAME="bond0"\nBONDNICS="eth0,eth1,eth2,eth3"\n')

    assert links(tmp_path)["bond0"].bond == bond


def test_no_speed_without_a_carrier(tmp_path):
    """A port keeps no old speed; a port that is down gives EINVAL for it."""
    add_link(tmp_path, "eth0", device=True, carrier="0", operstate="down", speed="1000", duplex="full")
    add_link(tmp_path, "eth1", device=True, carrier=None, operstate="down", flags="0x1002")
    found = links(tmp_path)

    assert [(link.state, link.speed_mbps, link.duplex) for link in found.values()] == [
        ("no_carrier", None, None),
        ("down", None, None),
    ]


def test_a_virtual_card_has_no_speed(tmp_path):
    """virtio reports -1 and unknown."""
    add_link(tmp_path, "eth0", device=True, speed="-1", duplex="unknown")
    link = links(tmp_path)["eth0"]

    assert (link.speed_mbps, link.duplex) == (None, None)


def test_a_speed_is_read_once(tmp_path):
    """Reading takes the kernel's network lock; it is repeated only after a change of the carrier."""
    folder = add_link(tmp_path, "eth0", device=True, speed="1000", duplex="full")
    first = links(tmp_path)
    (folder / "speed").write_text("10\n")

    assert links(tmp_path, first.values())["eth0"].speed_mbps == 1000
    (folder / "carrier_changes").write_text("3\n")
    assert links(tmp_path, first.values())["eth0"].speed_mbps == 10


def test_attributes_that_are_missing_are_none(tmp_path):
    """No error is raised, and no value becomes 0."""
    names = ("flags", "carrier", "carrier_changes", "mtu")
    add_link(tmp_path, "eth0", device=True, operstate="down", **dict.fromkeys(names))
    link = links(tmp_path)["eth0"]

    assert (link.state, link.mtu, link.carrier_changes, link.drops_recv) == ("down", None, None, None)


def test_a_link_that_goes_while_it_is_read(tmp_path):
    """A link without any state is left out: it is not down."""
    add_link(tmp_path, "eth0", device=True, flags=None, operstate=None)

    assert links(tmp_path) == {}


def test_a_name_of_any_bytes(tmp_path):
    """It can be written as UTF-8, whatever its bytes."""
    add_link(tmp_path, os.fsdecode(b"\xffeth"), device=True)

    assert list(links(tmp_path)) == ["\ufffdeth"]


def test_a_fifo_does_not_block(tmp_path):
    """A FIFO in place of network.ini is ignored; the links are read."""
    add_link(tmp_path, "eth0", device=True)
    state = tmp_path / "var/local/emhttp"
    state.mkdir(parents=True)
    os.mkfifo(state / "network.ini")

    assert list(links(tmp_path)) == ["eth0"]


def test_without_a_folder_there_are_no_links(tmp_path):
    """At most 32 are listed; VLANs are dropped first."""
    (tmp_path / "sys").mkdir()
    assert links(tmp_path) == {}
    for number in range(MAX_INTERFACES):
        add_link(tmp_path, f"br0.{number}", uevent="DEVTYPE=vlan")
    add_link(tmp_path, "eth0", device=True)
    found = links(tmp_path)
    assert len(found) == MAX_INTERFACES
    assert "eth0" in found
    assert list(found) == sorted(found)
