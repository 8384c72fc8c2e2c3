"""Home Assistant's entities of GPUs; each is a device."""

import re
from collections.abc import Sequence

from uma.feeds.feed import (
    IN_CELSIUS,
    IN_GIBIBYTES,
    IN_PERCENT,
    IN_WATTS,
    Device,
    Entity,
    as_words,
    in_list,
    one_word,
    scaled,
    sensor,
    show,
)
from uma.feeds.gpu.model import STATES, Gpu, GpuStatus

GIBIBYTE = 2**30
MAKERS = {"nvidia": "NVIDIA", "intel": "Intel", "amd": "AMD"}


def entities_of(status: GpuStatus) -> Sequence[Entity] | None:
    """Return the entities of each GPU; None while there is no GPU, so that an absence
    removes no entity.
    """
    return [entity for gpu in status.gpus for entity in _entities_of(gpu)] or None


def _entities_of(gpu: Gpu) -> Sequence[Entity]:
    key = f"gpu_{re.sub('[^a-z0-9]+', '_', gpu.id.lower())}"
    device = Device(key, f"GPU {gpu.name or gpu.id}", gpu.name, MAKERS.get(gpu.vendor))

    def of(attribute: str) -> str:
        return in_list("gpus", "id", gpu.id, attribute)

    state = one_word(of("state"), STATES, otherwise="None")
    memory = scaled(of("memory_used_bytes"), GIBIBYTE, 2)
    return [
        sensor(f"{key}_state", "State", state, as_words(STATES), "mdi:expansion-card", device),
        sensor(f"{key}_load", "Load", show(of("busy_percent")), IN_PERCENT, "mdi:expansion-card", device),
        sensor(f"{key}_memory", "Memory used", memory, IN_GIBIBYTES, None, device),
        sensor(f"{key}_temperature", "Temperature", show(of("temperature")), IN_CELSIUS, None, device),
        sensor(f"{key}_power", "Power", show(of("power_watts")), IN_WATTS, None, device),
    ]
