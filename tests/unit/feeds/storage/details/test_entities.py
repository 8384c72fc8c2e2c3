"""Home Assistant entities of pools and the mover."""

from dataclasses import replace

from uma.feeds.storage.details.entities import entities_of, key_of

from .test_metrics import DETAILS, POOL


def test_pools_are_devices():
    """Each pool is a device with a state; the mover belongs to the server."""
    details = replace(DETAILS, pools=(POOL, replace(POOL, name="my.pool"), replace(POOL, name="my-pool")))

    entities = list(entities_of(details))

    assert [entity.device.name if entity.device else None for entity in entities] == [
        "Pool cache",
        "Pool my.pool",
        "Pool my-pool",
        None,
    ]
    assert len({entity.key for entity in entities}) == 4


def test_keys_are_injective():
    """Two names never share a key."""
    names = ["my.pool", "my-pool", "My-Pool", "my pool", "x_6d79", "ü", "my"]

    assert len({key_of(name) for name in names}) == len(names)
