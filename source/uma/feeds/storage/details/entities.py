"""Home Assistant entities of pools and the mover."""

import re
from collections.abc import Iterator
from typing import Final

from uma.feeds.feed import Device, Entity, in_list, problem
from uma.feeds.storage.details.model import StorageDetails

PLAIN_NAME: Final = re.compile("[a-z0-9-]+")


def entities_of(details: StorageDetails) -> Iterator[Entity]:
    """Describe the pools' entities, one device a pool, and the mover's."""
    for pool in details.pools:
        key = f"pool_{key_of(pool.name)}"
        state = in_list("pools", "name", pool.name, "state")
        device = Device(key, f"Pool {pool.name}")
        yield problem(f"{key}_state", "State", state, ok=("online",), device=device)
    running = "{{ 'ON' if value_json.data.mover.running else 'OFF' }}"
    yield Entity("binary_sensor", "mover", "Mover", running, {"device_class": "running"})


def key_of(name: str) -> str:
    """Return a key that only *name* has: itself if it is plain, else its bytes in hexadecimal digits."""
    return name if PLAIN_NAME.fullmatch(name) else f"x_{name.encode().hex()}"
