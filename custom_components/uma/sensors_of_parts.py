"""Sensors of disks, pools, containers, virtual machines, UPSes and network ports."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfDataRate,
    UnitOfElectricPotential,
    UnitOfFrequency,
    UnitOfInformation,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)

from .entity import Data, always
from .parts import CONTAINER, DISK, POOL, PORT, UNASSIGNED, UPS, VM
from .sensor_description import UmaSensorDescription, field, known, moment

DISK_STATES: Final = [
    "active", "standby", "disabled", "emulated", "missing", "invalid", "wrong", "new", "rebuilding", "syncing", "other",
]  # fmt: skip
POOL_STATES: Final = [
    "online", "degraded", "faulted", "offline", "unavail", "removed", "suspended", "errors", "other",
]  # fmt: skip
UPS_STATES: Final = [
    "online", "on_battery", "low_battery", "overload", "replace_battery", "no_battery", "shutting_down",
    "communication_lost", "unavailable",
]  # fmt: skip
CONTAINER_STATES: Final = [
    "created", "running", "paused", "restarting", "removing", "exited", "dead", "other",
]  # fmt: skip
HEALTH: Final = ["healthy", "unhealthy", "starting"]
VM_STATES: Final = [
    "nostate", "running", "blocked", "paused", "shutdown", "shutoff", "crashed", "pmsuspended", "other",
]  # fmt: skip

STREAMS: Final = {
    DISK: "storage/status",
    UNASSIGNED: "storage/status",
    POOL: "storage/details",
    CONTAINER: "docker/containers",
    VM: "vms/status",
    UPS: "ups/status",
    PORT: "network/status",
}
MEASUREMENT: Final = SensorStateClass.MEASUREMENT


def _sensor(
    kind: str, key: str, value: Callable[[Data], Any], *, is_on: bool = True, **options: Any
) -> UmaSensorDescription:
    return UmaSensorDescription(
        key=f"{kind}_{key}",
        kind=kind,
        stream=STREAMS[kind],
        value=value,
        entity_registry_enabled_default=is_on,
        **options,
    )


def _words(kind: str, key: str, value: Callable[[Data], Any], words: list[str], **options: Any) -> UmaSensorDescription:
    return _sensor(kind, key, value, device_class=SensorDeviceClass.ENUM, options=words, **options)


def _temperature(kind: str, *, is_on: bool = True, exists: Callable[[Data], bool] = always) -> UmaSensorDescription:
    return _sensor(
        kind,
        "temperature",
        field("temperature"),
        is_on=is_on,
        exists=exists,
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
    )


def _percent(kind: str, key: str, name: str, **options: Any) -> UmaSensorDescription:
    return _sensor(
        kind,
        key,
        field(name),
        native_unit_of_measurement=PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        **options,
    )


def _size(kind: str, key: str, name: str) -> UmaSensorDescription:
    return _sensor(
        kind,
        key,
        field(name),
        is_on=False,
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.TERABYTES,
        suggested_display_precision=2,
        state_class=MEASUREMENT,
    )


def _ups(
    key: str, name: str, device_class: SensorDeviceClass | None, unit: str, **options: Any
) -> UmaSensorDescription:
    return _sensor(
        UPS,
        key,
        field(name),
        exists=known(field(name)),
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=MEASUREMENT,
        **options,
    )


def _is_data(data: Data) -> bool:
    return data.get("role") == "data" or data.get("used_bytes") is not None


def _pool_state(data: Data) -> Any:
    """Return a pool's state as one word: ``errors`` for ``online - errors``."""
    state = data.get("state")
    return "errors" if state == "online - errors" else state


PART_SENSORS: Final = (
    _temperature(DISK),
    _percent(DISK, "usage", "usage_percent", exists=_is_data),
    _words(DISK, "status", field("status"), DISK_STATES),
    _sensor(DISK, "errors", field("errors"), is_on=False, state_class=MEASUREMENT),
    _size(DISK, "size", "size_bytes"),
    _size(DISK, "used", "used_bytes"),
    _sensor(DISK, "drive", field("id"), entity_category=EntityCategory.DIAGNOSTIC, exists=known(field("id"))),
    _temperature(UNASSIGNED, is_on=False),
    _words(UNASSIGNED, "status", field("status"), ["active", "standby"], is_on=False),
    _percent(POOL, "usage", "usage_percent"),
    _words(POOL, "state", _pool_state, POOL_STATES),
    _size(POOL, "used", "used_bytes"),
    _sensor(
        POOL,
        "full_in",
        field("full_in_days"),
        is_on=False,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
    ),
    _words(CONTAINER, "state", field("state"), CONTAINER_STATES, is_on=False),
    _words(CONTAINER, "health", field("health"), HEALTH, exists=known(field("health"))),
    _sensor(CONTAINER, "image", field("image"), is_on=False, entity_category=EntityCategory.DIAGNOSTIC),
    _words(VM, "state", field("state"), VM_STATES),
    _words(UPS, "status", field("status"), UPS_STATES),
    _ups("battery", "battery_percent", SensorDeviceClass.BATTERY, PERCENTAGE, suggested_display_precision=0),
    _ups(
        "runtime",
        "runtime_seconds",
        SensorDeviceClass.DURATION,
        UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
    ),
    _ups("load", "load_percent", None, PERCENTAGE, suggested_display_precision=1),
    _ups("power", "power_watts", SensorDeviceClass.POWER, UnitOfPower.WATT, suggested_display_precision=0),
    _ups("input_voltage", "input_volts", SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, is_on=False),
    _ups("output_voltage", "output_volts", SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, is_on=False),
    _ups("frequency", "frequency_hz", SensorDeviceClass.FREQUENCY, UnitOfFrequency.HERTZ, is_on=False),
    _ups("temperature", "temperature", SensorDeviceClass.TEMPERATURE, UnitOfTemperature.CELSIUS),
    _sensor(
        UPS,
        "on_battery_since",
        lambda data: moment(data.get("on_battery_since")),
        is_on=False,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    _sensor(
        PORT,
        "speed",
        field("speed_mbps"),
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.MEGABITS_PER_SECOND,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)
