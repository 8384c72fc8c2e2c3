"""Home Assistant's entities of network interfaces."""

import re
from dataclasses import replace

from uma.feeds.network.entities import entities_of
from uma.feeds.network.model import NetworkStatus

from .test_metrics import BOND0, ETH0


def test_each_port_and_bond_is_a_device():
    """Bridges and VLANs are built on them and have none; a bond has an entity for being degraded."""
    status = NetworkStatus(
        (ETH0, BOND0, replace(ETH0, name="br0", kind="bridge"), replace(ETH0, name="br0.5", kind="vlan"))
    )
    entities = entities_of(status)

    assert entities is not None
    keys = [entity.key for entity in entities]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch("[a-z0-9_]+", key) for key in keys)
    assert {entity.device.name for entity in entities if entity.device} == {"eth0 (Main)", "bond0"}
    assert [entity.key for entity in entities if entity.component == "binary_sensor"] == ["net_bond0_degraded"]


def test_absence_removes_nothing():
    """While no link can be read their entities stay."""
    assert entities_of(NetworkStatus(())) is None
