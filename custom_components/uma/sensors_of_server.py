"""Sensors of the server as a whole."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfDataRate,
    UnitOfFrequency,
    UnitOfInformation,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)

from .entity import Data, always
from .parts import STATS
from .sensor_description import UmaSensorDescription, field, known, moment, nested

ARRAY_STATES: Final = [
    "started", "stopped", "starting", "stopping", "maintenance", "formatting", "copying", "clearing", "other",
]  # fmt: skip
PROTECTIONS: Final = ["none", "degraded", "rebuilding", "syncing", "invalid", "unprotected", "protected"]
PARITY_ACTIONS: Final = ["check", "correcting_check", "read_check", "sync", "rebuild", "clear"]
PARITY_STATES: Final = ["idle", "running", "paused"]
PARITY_RESULTS: Final = ["ok", "cancelled", "failed"]
SEVERITIES: Final = ["ok", "notice", "warning", "critical"]

STORAGE: Final = "storage/status"
DETAILS: Final = "system/details"


def _percent(
    key: str,
    stream: str,
    value: Callable[[Data], Any],
    *,
    is_on: bool = True,
    category: EntityCategory | None = None,
    exists: Callable[[Data], bool] = always,
) -> UmaSensorDescription:
    return UmaSensorDescription(
        key=key,
        stream=stream,
        value=value,
        exists=exists,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        entity_category=category,
        entity_registry_enabled_default=is_on,
    )


def _rate(key: str, value: Callable[[Data], Any], stream: str = STATS) -> UmaSensorDescription:
    return UmaSensorDescription(
        key=key,
        stream=stream,
        value=value,
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.BYTES_PER_SECOND,
        suggested_unit_of_measurement=UnitOfDataRate.MEGABYTES_PER_SECOND,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
    )


def _size(
    key: str, stream: str, value: Callable[[Data], Any], *, exists: Callable[[Data], bool] = always
) -> UmaSensorDescription:
    return UmaSensorDescription(
        key=key,
        stream=stream,
        value=value,
        exists=exists,
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIBIBYTES,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
    )


def _words(key: str, stream: str, value: Callable[[Data], Any], words: list[str]) -> UmaSensorDescription:
    return UmaSensorDescription(key=key, stream=stream, value=value, device_class=SensorDeviceClass.ENUM, options=words)


def _watts(key: str, name: str) -> UmaSensorDescription:
    return UmaSensorDescription(
        key=key,
        stream=DETAILS,
        value=field(name),
        exists=known(field(name)),
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
    )


def _load(key: str, at: int) -> UmaSensorDescription:
    return UmaSensorDescription(
        key=key,
        stream=STATS,
        value=lambda data: data["load_average"][at],
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        entity_registry_enabled_default=False,
    )


def _count(key: str, stream: str, value: Callable[[Data], Any]) -> UmaSensorDescription:
    return UmaSensorDescription(
        key=key, stream=stream, value=value, exists=known(value), state_class=SensorStateClass.MEASUREMENT
    )


def _last(name: str) -> Callable[[Data], Any]:
    return lambda data: ((data.get("parity_check") or {}).get("last") or {}).get(name)


def _array_usage(data: Data) -> float | None:
    """Return the used share of all mounted data disks' space."""
    mounted = [disk for disk in data.get("disks", ()) if disk["used_bytes"] is not None]
    used = sum(disk["used_bytes"] for disk in mounted)
    size = used + sum(disk["free_bytes"] or 0 for disk in mounted)
    return round(100 * used / size, 1) if size else None


def _running(data: Data) -> int | None:
    """Return the number of running containers; None unless Docker runs."""
    if data.get("service") != "running":
        return None
    return sum(1 for container in data["containers"] if container["state"] == "running")


SERVER_SENSORS: Final = (
    _percent("cpu_usage", STATS, field("cpu_percent")),
    _percent("memory_usage", STATS, field("memory_percent")),
    _size("memory_used", STATS, field("memory_used")),
    UmaSensorDescription(
        key="cpu_temperature",
        stream=STATS,
        value=field("cpu_temperature"),
        exists=known(field("cpu_temperature")),
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
    ),
    _load("load_1", 0),
    _load("load_5", 1),
    _load("load_15", 2),
    _rate("disk_read_rate", nested("disk_io", "read_bytes_per_sec")),
    _rate("disk_write_rate", nested("disk_io", "write_bytes_per_sec")),
    _rate("network_sent_rate", nested("network_io", "bytes_sent_per_sec")),
    _rate("network_received_rate", nested("network_io", "bytes_recv_per_sec")),
    UmaSensorDescription(
        key="booted",
        stream=DETAILS,
        value=lambda data: moment(data.get("booted_at")),
        device_class=SensorDeviceClass.UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    _watts("cpu_power", "cpu_power_watts"),
    _watts("platform_power", "platform_power_watts"),
    _percent("log_usage", DETAILS, field("log_used_percent"), is_on=False, category=EntityCategory.DIAGNOSTIC),
    _size("swap_used", DETAILS, field("swap_used_bytes")),
    _size("zfs_cache", DETAILS, field("zfs_arc_bytes"), exists=known(field("zfs_arc_bytes"))),
    UmaSensorDescription(
        key="cpu_frequency",
        stream=DETAILS,
        value=field("cpu_frequency_mhz"),
        exists=known(field("cpu_frequency_mhz")),
        device_class=SensorDeviceClass.FREQUENCY,
        native_unit_of_measurement=UnitOfFrequency.MEGAHERTZ,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
    ),
    _words("array_status", STORAGE, field("array_status"), ARRAY_STATES),
    _words("array_protection", STORAGE, field("array_protection"), PROTECTIONS),
    _percent("array_usage", STORAGE, _array_usage),
    _words("parity_operation", STORAGE, nested("parity_check", "action"), PARITY_ACTIONS),
    _words("parity_status", STORAGE, nested("parity_check", "status"), PARITY_STATES),
    _percent("parity_progress", STORAGE, nested("parity_check", "percent")),
    _rate("parity_speed", nested("parity_check", "speed_bytes_per_sec"), STORAGE),
    UmaSensorDescription(
        key="parity_time_left",
        stream=STORAGE,
        value=nested("parity_check", "eta_seconds"),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
    ),
    _count("parity_errors", STORAGE, nested("parity_check", "errors")),
    _words("parity_last_result", STORAGE, _last("result"), PARITY_RESULTS),
    UmaSensorDescription(
        key="parity_last_end",
        stream=STORAGE,
        value=lambda data: moment(_last("at")(data)),
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    _percent("boot_usage", STORAGE, nested("boot", "usage_percent"), category=EntityCategory.DIAGNOSTIC),
    _words("severity", "server/summary", field("severity"), SEVERITIES),
    _count("containers_running", "docker/containers", _running),
    _percent(
        "image_storage_usage",
        "docker/containers",
        nested("image_storage", "usage_percent"),
        category=EntityCategory.DIAGNOSTIC,
        exists=known(nested("image_storage", "usage_percent")),
    ),
    _count("unread_alerts", "notifications/status", nested("unread", "alert")),
    _count("unread_notifications", "notifications/status", nested("unread", "total")),
)
