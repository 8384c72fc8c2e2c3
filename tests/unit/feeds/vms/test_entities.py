"""Virtual machines as Home Assistant sees them."""

import re
from pathlib import Path

import pytest

from uma.feeds.vms.demo import read_demo
from uma.feeds.vms.entities import entities_from
from uma.feeds.vms.model import VmsStatus
from uma.host import Host

TOWER = Host(Path(__file__).parents[4] / "demo/tower")


def test_each_machine_is_a_device():
    """Each machine has three entities, by its UUID, so that a rename keeps them; the server has the number of running
    ones.
    """
    status = read_demo(TOWER, 1000.0)
    entities = entities_from(status)

    assert len(entities) == 1 + 3 * len(status.vms)
    assert len({entity.key for entity in entities}) == len(entities)
    assert all(re.fullmatch(r"[a-z0-9_-]+", entity.key) for entity in entities)
    assert {entity.device.name for entity in entities if entity.device} >= {"VM Home Assistant"}


@pytest.mark.parametrize(("service", "count"), [("stopped", None), ("disabled", 1), ("absent", 1), ("running", 1)])
def test_without_machines(service, count):
    """A service that stops with the array removes no device; a disabled one does."""
    found = entities_from(VmsStatus(service, (), demo=False))

    assert (None if found is None else len(found)) == count
