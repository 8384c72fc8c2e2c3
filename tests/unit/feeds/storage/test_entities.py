"""Entities of the array, its disks and pools. integrations/mqtt tests Home Assistant's view of them."""

import re
from dataclasses import replace

import pytest

from tests.scenarios import SCENARIOS
from tests.unit.outputs.mqtt.samples import storage
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.entities import entities_of, facts, is_whole, layout
from uma.feeds.storage.status import UNKNOWN, status_from


def status_of(name: str):
    return status_from(parse_state(SCENARIOS[name].texts.texts()), SCENARIOS[name].smart)


def test_each_disk_and_pool_is_shown():
    """Each disk has temperature, status and health, an array disk also its usage, and each pool one usage."""
    shown = {entity.key: entity.name for entity in entities_of(storage(disks=1))}

    assert {key: name for key, name in shown.items() if key.startswith(("disk_", "pool_"))} == {
        "disk_parity_temperature": "Parity temperature",
        "disk_parity_status": "Parity status",
        "disk_parity_health": "Parity health",
        "disk_disk1_temperature": "Disk 1 temperature",
        "disk_disk1_status": "Disk 1 status",
        "disk_disk1_health": "Disk 1 health",
        "disk_disk1_usage": "Disk 1 usage",
        "disk_cache_temperature": "cache temperature",
        "disk_cache_status": "cache status",
        "disk_cache_health": "cache health",
        "disk_cache2_temperature": "cache2 temperature",
        "disk_cache2_status": "cache2 status",
        "disk_cache2_health": "cache2 health",
        "pool_cache_usage": "Pool cache usage",
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_scenario_has_ids_of_its_own(name: str):
    """For any array, ids are unique and valid in a topic."""
    entities = list(entities_of(status_of(name)))
    ids = [entity.key for entity in entities]

    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]+", each) for each in ids)


def test_pools_of_like_names_have_entities_of_their_own():
    """my.pool and my-pool, and a special vdev beside a pool of a similar name, share nothing."""
    status = storage(disks=1)
    (member, *_) = status.cache_disks
    names = ("my.pool", "my-pool", "my_pool", "tank~special", "tank-special", "tank.special")
    pools = tuple(replace(member, name=name, pool=name.partition("~")[0]) for name in names)
    entities = list(entities_of(replace(status, cache_disks=pools)))

    assert len({entity.key for entity in entities}) == len(entities)


def test_a_name_can_not_break_out_of_its_template():
    """A quote in a name stays within its text."""
    status = storage(disks=1)
    odd = replace(status, disks=(replace(status.disks[0], name="a\"b'c"),))
    (usage,) = (entity for entity in entities_of(odd) if entity.key.endswith("c_usage"))

    assert r'"a\"b\'c"'.replace(r"\'", "'") in usage.template
    assert usage.key == "disk_0a-22b-27c_usage"


def test_facts_are_states_and_no_figures():
    """A changed state is reported at once, a rise by a degree is not."""
    status = storage()
    warmer = storage(temperature="35")
    asleep = replace(status, disks=(replace(status.disks[0], status="standby"), *status.disks[1:]))

    assert facts(status) == facts(warmer)
    assert facts(status) != facts(asleep)
    assert facts(status) != facts(replace(status, array_protection="degraded"))


def test_an_unknown_state_is_not_whole():
    """A state without state files or without any disk does not show which are removed."""
    assert is_whole(storage())
    assert not is_whole(UNKNOWN)
    assert not is_whole(replace(UNKNOWN, array_status="stopped"))


def test_the_layout_decides_the_entities():
    """The same layout gives the same entities; one disk more or less is another layout."""
    statuses = [status_of(name) for name in SCENARIOS]
    shown = [(layout(status), list(entities_of(status))) for status in statuses]
    for one_layout, one in shown:
        for other_layout, other in shown:
            assert (one_layout == other_layout) is (one == other)
    assert layout(storage(temperature="30")) == layout(storage(temperature="40"))
