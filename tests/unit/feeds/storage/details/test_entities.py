"""Home Assistant entities of pools and the mover."""

from dataclasses import replace

from uma.feeds.storage.details.entities import entities_of

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
