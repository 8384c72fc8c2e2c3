"""Home Assistant entities of containers: one device per container, by name."""

from collections.abc import Iterable
from typing import Final

from uma.feeds.docker.containers.model import STATES, ContainersStatus
from uma.feeds.feed import (
    IN_GIBIBYTES,
    IN_PERCENT,
    MEASUREMENT,
    OTHER,
    Device,
    Entity,
    as_words,
    in_list,
    one_word,
    path,
    problem,
    scaled,
    sensor,
    show,
    words_of,
)

GIBIBYTE: Final = 1 << 30
LIST: Final = "containers"
PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def entities_of(status: ContainersStatus) -> Iterable[Entity] | None:
    """Return the entities; None while Docker does not run and no container is known."""
    if status.service == "stopped":
        return None
    running = f"{path(LIST)} | selectattr('state', 'eq', 'running') | list | count"
    entities = [sensor("containers_running", "Containers running", show(running), MEASUREMENT, "mdi:docker")]
    for container in status.containers:
        entities += _entities_of(container.name)
    return entities


def layout(status: ContainersStatus) -> object:
    """Return the part of the message that decides which entities exist."""
    return status.service, tuple(container.name for container in status.containers)


def facts(status: ContainersStatus) -> object:
    """Return the part of the message whose change a broker gets at once."""
    return status.service, tuple((c.name, c.state, c.health, c.exit_code, c.update) for c in status.containers)


def key_of(name: str) -> str:
    """Return a container's name in the characters of a key; different names give
    different keys.

    A lower-case name with dashes stays as it is. ``_`` starts the replacement of any
    other character: ``_p`` is P, ``__`` an underscore, ``_1`` a dot, ``_2`` another one
    in hex.
    """
    return "".join(each if each in PLAIN else _replacement(each) for each in name)


def _replacement(character: str) -> str:
    if "A" <= character <= "Z":
        return f"_{character.lower()}"
    if character in "_.":
        return {"_": "__", ".": "_1"}[character]
    return "".join(f"_2{byte:02x}" for byte in character.encode())


def _entities_of(name: str) -> list[Entity]:
    key = f"container_{key_of(name)}"
    device = Device(key, f"Container {name}", "Container")

    def of(attribute: str) -> str:
        return in_list(LIST, "name", name, attribute)

    words = words_of(STATES)
    update = (
        f"{{% set word = {of('update')} %}}{{{{ {{'available': 'ON', 'up_to_date': 'OFF'}}[word] | default(none) }}}}"
    )
    return [
        sensor(f"{key}_state", "State", one_word(of("state"), words, otherwise=OTHER), as_words(words), None, device),
        problem(f"{key}_health", "Health", of("health"), ok=("healthy", "starting"), device=device),
        sensor(f"{key}_cpu", "CPU usage", show(of("cpu_percent")), IN_PERCENT, "mdi:cpu-64-bit", device),
        sensor(
            f"{key}_memory", "Memory used", scaled(of("memory_used_bytes"), GIBIBYTE, 2), IN_GIBIBYTES, None, device
        ),
        Entity("binary_sensor", f"{key}_update", "Update", update, {"device_class": "update"}, device),
    ]
