"""What Home Assistant shows of the machine and of Docker, and what an entity is.

An entity names the stream whose frames it is read from, and a template that makes its state of a frame. A template
gives ``None``, which Home Assistant shows as unknown, for what is null, and never fails: that would fill the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from uma.outputs.mqtt.topics import DOCKER, SYSTEM
from uma.wire.fields import FIELDS

Component = Literal["sensor", "binary_sensor", "event"]

OTHER = "other"
"""Stands for a word that a newer Unraid or Docker says: Home Assistant takes none that it was not told of."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that is shown of a server. ``object_id`` is its own there; ``options`` are Home Assistant's."""

    component: Component
    object_id: str
    name: str
    stream: str
    template: str
    options: Mapping[str, Any] = field(default_factory=dict)


MEASUREMENT: Final = {"state_class": "measurement"}
PERCENT: Final = {**MEASUREMENT, "unit_of_measurement": "%", "suggested_display_precision": 1}
CELSIUS: Final = {**MEASUREMENT, "device_class": "temperature", "unit_of_measurement": "°C"}
GIBIBYTES: Final = {**MEASUREMENT, "device_class": "data_size", "unit_of_measurement": "GiB"}
MEGABYTES_A_SECOND: Final = {**MEASUREMENT, "device_class": "data_rate", "unit_of_measurement": "MB/s"}
PROBLEM: Final = {"device_class": "problem"}


def words_of(kind: str, name: str) -> list[str]:
    """The words that field *name* of *kind* may hold, and ``other`` where a newer Unraid or Docker may say more."""
    _, rule = FIELDS[kind][name]
    if "enum" in rule:
        return list(rule["enum"])
    return [*rule["anyOf"][0]["enum"], OTHER]


def word_template(expression: str, words: list[str], *, otherwise: str) -> str:
    """A template for one of *words*, or for *otherwise* where *expression* gives none of them."""
    return f"{{% set word = {expression} %}}{{{{ word if word in {words} else '{otherwise}' }}}}"


def enum(words: list[str]) -> Mapping[str, Any]:
    """The options of a sensor that says one of *words*."""
    return {"device_class": "enum", "options": words}


def scaled_template(expression: str, divisor: int, digits: int) -> str:
    """A template for a number in a larger unit; None where there is no number."""
    rounded = f"round({digits})" if digits else "round | int"
    return f"{{% set number = {expression} %}}{{{{ (number / {divisor}) | {rounded} if number is number else none }}}}"


def _system(object_id: str, name: str, template: str, options: Mapping[str, Any], icon: str | None = None) -> Entity:
    return Entity("sensor", object_id, name, SYSTEM, template, {**options, **({"icon": icon} if icon else {})})


_DATA = "value_json.data"

SYSTEM_ENTITIES: Final = (
    _system("cpu", "CPU usage", f"{{{{ {_DATA}.cpu_percent }}}}", PERCENT, "mdi:cpu-64-bit"),
    _system("cpu_temperature", "CPU temperature", f"{{{{ {_DATA}.cpu_temperature }}}}", CELSIUS),
    _system("memory", "Memory usage", f"{{{{ {_DATA}.memory_percent }}}}", PERCENT, "mdi:memory"),
    _system("memory_used", "Memory used", scaled_template(f"{_DATA}.memory_used", 2**30, 2), GIBIBYTES, "mdi:memory"),
    _system(
        "uptime",
        "Uptime",
        # To a tenth of an hour: a state that moved with every message would fill Home Assistant's database.
        scaled_template(f"{_DATA}.uptime", 3600, 1),
        {**MEASUREMENT, "device_class": "duration", "unit_of_measurement": "h"},
    ),
    *(
        _system(
            f"load_{minutes}",
            f"Load ({minutes} min)",
            f"{{{{ {_DATA}.load_average[{index}] }}}}",
            {**MEASUREMENT, "suggested_display_precision": 2},
            "mdi:gauge",
        )
        for index, minutes in enumerate((1, 5, 15))
    ),
    *(
        _system(object_id, name, scaled_template(f"{_DATA}.{path}", 10**6, 3), MEGABYTES_A_SECOND, icon)
        for object_id, name, path, icon in (
            ("network_received", "Network received", "network_io.bytes_recv_per_sec", "mdi:download-network"),
            ("network_sent", "Network sent", "network_io.bytes_sent_per_sec", "mdi:upload-network"),
            ("disks_read", "Disks read", "disk_io.read_bytes_per_sec", "mdi:harddisk"),
            ("disks_written", "Disks written", "disk_io.write_bytes_per_sec", "mdi:harddisk"),
        )
    ),
)

ACTIONS: Final = words_of("DockerEvent", "action")

DOCKER_ENTITIES: Final = (
    Entity(
        "event",
        "docker",
        "Docker",
        DOCKER,
        f"{{% set event = {_DATA} %}}{{{{ "
        f"{{'event_type': event.action if event.action in {ACTIONS} else '{OTHER}', 'action': event.action, "
        "'container': event.container_name, 'image': event.image, 'status': event.status, "
        "'exit_code': event.attributes.exitCode, 'signal': event.attributes.signal} | to_json }}",
        {"event_types": ACTIONS, "icon": "mdi:docker"},
    ),
)
