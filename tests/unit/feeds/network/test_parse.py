"""The kernel's and Unraid's texts about interfaces."""

import pytest

from uma.feeds import ini
from uma.feeds.network.parse import (
    Counters,
    is_own,
    parse_count,
    parse_counters,
    parse_kind,
    parse_plan,
    parse_speed,
    parse_state,
    parse_vlans,
)

NET_DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier
    lo: 1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0
  eth0: 123456789 100 1 2 3 0 0 5 987654321 200 4 5 6 0 0 0
br0.5:9 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0
  bad0: x 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0
  cut0: 1 2 3
"""


@pytest.mark.parametrize("name", ["eth0", "bond0", "br0", "br0.5", "wlan0", "wg0", "tailscale1", "br-lan", "eth10.100"])
def test_the_servers_own(name):
    """Ports, bonds, bridges, VLANs and tunnels of the server."""
    assert is_own(name)


@pytest.mark.parametrize(
    "name",
    [
        *("lo", "docker0", "veth1a2b3c", "vnet0", "virbr0", "vhost0", "shim-br0", "tunl0", "ifb1", "br-0123456789ab"),
        *("macvtap0", "dummy0", "docker_gwbridge", "podman0", "cni-podman0"),
    ],
)
def test_others(name):
    """Those of containers and VMs, and those that the kernel creates by itself."""
    assert not is_own(name)


@pytest.mark.parametrize(
    ("name", "uevent", "has_device", "kind"),
    [
        ("eth0", "INTERFACE=eth0\nIFINDEX=2", True, "port"),
        ("wlan0", "DEVTYPE=wlan\nINTERFACE=wlan0", True, "wifi"),
        ("bond0", "DEVTYPE=bond", False, "bond"),
        ("br0", "DEVTYPE=bridge", False, "bridge"),
        ("br0.5", "DEVTYPE=vlan", False, "vlan"),
        ("wg0", "DEVTYPE=wireguard", False, "wireguard"),
        ("tailscale1", "INTERFACE=tailscale1", False, "tailscale"),
        ("tap0", "", False, None),
        ("x", "DEVTYPE=macvlan", False, None),
    ],
)
def test_kinds(name, uevent, has_device, kind):
    """The kernel's word decides, else the presence of hardware."""
    assert parse_kind(name, uevent, has_device=has_device) == kind


@pytest.mark.parametrize(
    ("flags", "operstate", "carrier", "state"),
    [
        ("0x1003", "up", "1", "up"),
        ("0x1003", "down", "0", "no_carrier"),
        ("0x1003", "up", "0", "no_carrier"),
        ("0x1003", "lowerlayerdown", "0", "no_carrier"),
        ("0x1003", "dormant", "1", "no_carrier"),
        ("0x91", "unknown", "1", "up"),
        ("0x1091", "unknown", "0", "no_carrier"),
        ("0x1002", "down", "", "down"),
        ("", "down", "", "down"),
        ("", "up", "1", "up"),
        ("", "", "", "down"),
    ],
)
def test_states(flags, operstate, carrier, state):
    """Disabled differs from having no link; a tunnel's operstate is always unknown."""
    assert parse_state(flags, operstate, carrier) == state


@pytest.mark.parametrize(("text", "count"), [("0", 0), (" 12\n", 12), ("-1", None), ("", None), ("9" * 30, None)])
def test_counts(text, count):
    """A text that is not a number from 0 up is None."""
    assert parse_count(text) == count


@pytest.mark.parametrize(
    ("text", "speed"),
    [("1000", 1000), ("400000", 400000), ("-1", None), ("65535", None), ("4294967295", None), ("0", None), ("", None)],
)
def test_speeds(text, speed):
    """A card's -1, in any of its forms, is no speed (node_exporter#1967)."""
    assert parse_speed(text) == speed


def test_counters_of_each_interface():
    """By name; damaged and cut lines are left out."""
    found = parse_counters(NET_DEV)

    assert set(found) == {"lo", "eth0", "br0.5"}
    assert found["eth0"] == Counters(
        bytes_recv=123456789, errors_recv=1, drops_recv=2, bytes_sent=987654321, errors_sent=4, drops_sent=5
    )
    assert parse_counters("") == {}


def test_vlans():
    """Names and ids; headings and invalid lines are left out."""
    text = "VLAN Dev name\t | VLAN ID\nName-Type: VLAN_NAME_TYPE\neth0.5  | 5  | eth0\nbad | 5000 | eth0\n"

    assert parse_vlans(text) == {"eth0.5": 5}


def test_the_users_plan():
    """Descriptions of a port are its bond's and bridge's too; VLANs have their own."""
    text = (
        '[eth0]\nBONDING="yes"\nBONDNAME="bond0"\nBONDNICS="eth0,eth1"\nBRIDGING="yes"\nBRNAME="br0"\n'
        'DESCRIPTION:0="Main <b>"\nVLANID:1="5"\nDESCRIPTION:1="Cameras"\nDESCRIPTION:2="no VLAN"\n'
        '[eth2]\nBONDING="no"\nBONDNAME="bond2"\nDESCRIPTION:0=""\n'
    )
    plan = parse_plan(ini.parse(text))

    assert plan.descriptions == {
        **dict.fromkeys(("eth0", "bond0", "br0"), "Main <b>"),
        **{f"{name}.5": "Cameras" for name in ("eth0", "bond0", "br0")},
    }
    assert plan.members == {"bond0": {"eth0", "eth1"}}
    assert parse_plan({}).descriptions == {}
