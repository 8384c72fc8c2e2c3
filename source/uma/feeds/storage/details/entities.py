"""Home Assistant entities of pools and the mover."""

from collections.abc import Iterator

from uma.feeds.feed import Device, Entity, in_list, problem
from uma.feeds.feed.object_ids import object_part
from uma.feeds.storage.details.model import StorageDetails


def entities_of(details: StorageDetails) -> Iterator[Entity]:
    """Describe the pools' entities, one device per pool, and the mover's."""
    for pool in details.pools:
        key = f"pool_{object_part(pool.name)}"
        state = in_list("pools", "name", pool.name, "state")
        device = Device(key, f"Pool {pool.name}")
        yield problem(f"{key}_state", "State", state, ok=("online",), device=device)
    running = "{{ 'ON' if value_json.data.mover.running else 'OFF' }}"
    yield Entity("binary_sensor", "mover", "Mover", running, {"device_class": "running"})
