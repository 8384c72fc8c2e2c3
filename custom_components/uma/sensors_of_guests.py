"""Sensors of containers and virtual machines."""

from typing import Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfInformation

from .descriptions_of_parts import part_sensor, percent, rate, size, words
from .parts import CONTAINER, VM
from .sensor_description import field, known, moment, nested

CONTAINER_STATES: Final = [
    "created", "running", "paused", "restarting", "removing", "exited", "dead", "other",
]  # fmt: skip
HEALTH: Final = ["healthy", "unhealthy", "starting"]
VM_STATES: Final = [
    "nostate", "running", "blocked", "paused", "shutdown", "shutoff", "crashed", "pmsuspended", "other",
]  # fmt: skip

GUEST_SENSORS: Final = (
    words(CONTAINER, "state", field("state"), CONTAINER_STATES, is_on=False),
    words(CONTAINER, "health", field("health"), HEALTH, exists=known(field("health"))),
    part_sensor(CONTAINER, "image", field("image"), is_on=False, entity_category=EntityCategory.DIAGNOSTIC),
    # For 150 containers these would be a million rows a day.
    percent(CONTAINER, "cpu", "cpu_percent", is_on=False, has_figures=True),
    size(CONTAINER, "memory", field("memory_used_bytes"), UnitOfInformation.GIBIBYTES, has_figures=True),
    rate(CONTAINER, "sent_rate", nested("network", "bytes_sent_per_sec")),
    rate(CONTAINER, "received_rate", nested("network", "bytes_recv_per_sec")),
    part_sensor(
        CONTAINER,
        "started",
        lambda data: moment(data.get("started_at")),
        is_on=False,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    part_sensor(CONTAINER, "exit_code", field("exit_code"), is_on=False, entity_category=EntityCategory.DIAGNOSTIC),
    words(VM, "state", field("state"), VM_STATES),
    percent(VM, "cpu", "cpu_percent", is_on=False, has_figures=True),
    size(VM, "memory", field("memory_used_bytes"), UnitOfInformation.GIBIBYTES, has_figures=True),
)
