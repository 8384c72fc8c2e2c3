"""Home Assistant entities of virtual machines: a device for each."""

from typing import Final

from uma.feeds.feed import (
    IN_GIBIBYTES,
    IN_PERCENT,
    MEASUREMENT,
    Device,
    Entity,
    as_words,
    in_list,
    one_word,
    path,
    scaled,
    sensor,
    show,
    words_of,
)
from uma.feeds.vms.model import SHOWN, VirtualMachine, VmsStatus

GIB: Final = 1 << 30
UNKNOWN: Final = "None"
"""Home Assistant's own word for an unknown state."""


def entities_from(status: VmsStatus) -> list[Entity] | None:
    """Return the entities; None while the service is stopped and its machines are
    unknown.
    """
    if status.service == "stopped":
        return None
    running = f"{path('vms')} | selectattr('state_shown', 'eq', 'started') | list | count"
    entities = [sensor("vms_running", "Virtual machines running", show(running), MEASUREMENT, "mdi:monitor")]
    for vm in status.vms:
        entities += _entities_of(vm)
    return entities


def _entities_of(vm: VirtualMachine) -> list[Entity]:
    key = f"vm_{vm.uuid.replace('-', '')}"
    device = Device(key, f"VM {vm.name}", "Virtual machine")

    def of(attribute: str) -> str:
        return in_list("vms", "uuid", vm.uuid, attribute)

    words = words_of(SHOWN)
    state = one_word(of("state_shown"), words, otherwise=UNKNOWN)
    return [
        sensor(f"{key}_state", "State", state, as_words(words), "mdi:monitor", device),
        sensor(f"{key}_cpu", "CPU usage", show(of("cpu_percent")), IN_PERCENT, "mdi:cpu-64-bit", device),
        sensor(f"{key}_memory", "Memory used", scaled(of("memory_used_bytes"), GIB, 2), IN_GIBIBYTES, None, device),
    ]
