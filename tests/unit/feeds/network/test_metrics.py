"""The metric families of network interfaces."""

from dataclasses import replace

from uma.feeds.network.metrics import METRICS
from uma.feeds.network.model import Bond, Interface, NetworkStatus

ETH0 = Interface(
    name="eth0",
    kind="port",
    description="Main",
    state="up",
    speed_mbps=1000,
    duplex="full",
    mtu=1500,
    carrier_changes=3,
    master="bond0",
    lower=(),
    vlan_id=None,
    bytes_sent=10,
    bytes_recv=20,
    bytes_sent_per_sec=None,
    bytes_recv_per_sec=None,
    errors_sent=1,
    errors_recv=2,
    drops_sent=3,
    drops_recv=4,
    bond=None,
)
BOND0 = replace(ETH0, name="bond0", kind="bond", description=None, bond=Bond("802.3ad", members=2, members_up=1))


def values(*interfaces):
    status = NetworkStatus(tuple(interfaces))
    plain = {(family.name,): found for family in METRICS if isinstance(found := family.values(status), float)}
    return plain | {
        (family.name, *labels.values()): value
        for family in METRICS
        if (family.name,) not in plain
        for labels, value in family.values(status)
    }


def test_figures_are_in_base_units():
    """A speed is bytes per second; counters are the kernel's."""
    found = values(ETH0)

    assert found[("uma_interface_speed_bytes_per_second", "eth0")] == 125_000_000
    assert found[("uma_interface_up", "eth0")] == found[("uma_interface_enabled", "eth0")] == 1.0
    assert found[("uma_interface_receive_drops_total", "eth0")] == 4
    assert ("uma_bond_members", "eth0") not in found


def test_a_link_that_is_down_is_not_a_port_switched_off():
    """Only a link that is down is worth an alert."""
    lost = values(replace(ETH0, state="no_carrier", speed_mbps=None))

    assert (lost[("uma_interface_up", "eth0")], lost[("uma_interface_enabled", "eth0")]) == (0.0, 1.0)
    assert lost[("uma_interface_speed_bytes_per_second", "eth0")] is None
    assert values(replace(ETH0, state="down"))[("uma_interface_enabled", "eth0")] == 0.0


def test_a_bond_short_of_a_member():
    """One figure per server for the alert, and two for each bond."""
    found = values(BOND0)

    assert (found[("uma_bonds_degraded",)], values(ETH0)[("uma_bonds_degraded",)]) == (1.0, 0.0)

    assert (found[("uma_bond_members", "bond0")], found[("uma_bond_members_up", "bond0")]) == (2.0, 1.0)
