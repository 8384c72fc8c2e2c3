"""Sensors of disks, pools and shares."""

from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfTime

from .descriptions_of_parts import MEASUREMENT, part_sensor, percent, rate, size, temperature, words
from .entity import Data
from .parts import DISK, DISK_ACTIVITY, POOL, SHARE, UNASSIGNED
from .sensor_description import field, known, moment, nested

DISK_STATES: Final = [
    "active", "standby", "disabled", "emulated", "missing", "invalid", "wrong", "new", "rebuilding", "syncing", "other",
]  # fmt: skip
POOL_STATES: Final = [
    "online", "degraded", "faulted", "offline", "unavail", "removed", "suspended", "errors", "other",
]  # fmt: skip
PROTECTIONS: Final = ["protected", "unprotected"]


def _is_data(data: Data) -> bool:
    return data.get("role") == "data" or data.get("used_bytes") is not None


def _pool_state(data: Data) -> Any:
    """Return a pool's state as one word: ``errors`` for ``online - errors``."""
    state = data.get("state")
    return "errors" if state == "online - errors" else state


STORAGE_SENSORS: Final = (
    temperature(DISK),
    percent(DISK, "usage", "usage_percent", exists=_is_data),
    words(DISK, "status", field("status"), DISK_STATES),
    part_sensor(DISK, "errors", field("errors"), is_on=False, state_class=MEASUREMENT),
    size(DISK, "size", field("size_bytes")),
    size(DISK, "used", field("used_bytes")),
    part_sensor(DISK, "drive", field("id"), entity_category=EntityCategory.DIAGNOSTIC, exists=known(field("id"))),
    rate(DISK_ACTIVITY, "read_rate", field("read_bytes_per_sec")),
    rate(DISK_ACTIVITY, "write_rate", field("write_bytes_per_sec")),
    part_sensor(
        DISK_ACTIVITY,
        "spin_ups",
        field("spin_ups_today"),
        is_on=False,
        exists=known(field("spin_ups_today")),
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    part_sensor(
        DISK_ACTIVITY,
        "awake",
        field("awake_seconds_today"),
        is_on=False,
        exists=known(field("awake_seconds_today")),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    temperature(UNASSIGNED, is_on=False),
    words(UNASSIGNED, "status", field("status"), ["active", "standby"], is_on=False),
    percent(POOL, "usage", "usage_percent"),
    words(POOL, "state", _pool_state, POOL_STATES),
    size(POOL, "used", field("used_bytes")),
    part_sensor(
        POOL,
        "full_in",
        field("full_in_days"),
        is_on=False,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
    ),
    words(SHARE, "protection", field("protection"), PROTECTIONS),
    size(SHARE, "free", field("free_bytes")),
    size(SHARE, "size", nested("computed_size", "bytes"), exists=known(field("computed_size"))),
    part_sensor(
        SHARE,
        "size_computed",
        lambda data: moment(nested("computed_size", "at")(data)),
        is_on=False,
        exists=known(field("computed_size")),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)
