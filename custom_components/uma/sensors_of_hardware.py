"""Sensors of UPSes, network ports, GPUs, CPU cores and the mainboard's sensor chips."""

import re
from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfDataRate,
    UnitOfElectricPotential,
    UnitOfFrequency,
    UnitOfInformation,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)

from .descriptions_of_parts import MEASUREMENT, part_sensor, percent, rate, size, temperature, words
from .entity import Data
from .parts import CORE, FAN, GPU, PORT, TEMPERATURE, UPS, VOLTAGE
from .sensor_description import UmaSensorDescription, field, known, moment

UPS_STATES: Final = [
    "online", "on_battery", "low_battery", "overload", "replace_battery", "no_battery", "shutting_down",
    "communication_lost", "unavailable",
]  # fmt: skip
SELF_TESTS: Final = ["passed", "failed", "warning", "in_progress", "other"]
GPU_STATES: Final = ["active", "idle", "suspended", "passed_through", "unavailable"]

_UNCONNECTED: Final = re.compile(r"(CPUTIN|AUXTIN|PCH_).*")
"""Inputs of Nuvoton's chips that boards leave unconnected; their readings are
meaningless.
"""


def _ups(
    key: str, name: str, device_class: SensorDeviceClass | None, unit: str | None, **options: Any
) -> UmaSensorDescription:
    """Return a sensor that a UPS has once the field *name* had a value."""
    return part_sensor(
        UPS,
        key,
        field(name),
        **{
            "exists": known(field(name)),
            "device_class": device_class,
            "native_unit_of_measurement": unit,
            "state_class": MEASUREMENT,
            **options,
        },
    )


def _gpu(
    key: str, name: str, device_class: SensorDeviceClass | None, unit: str, **options: Any
) -> UmaSensorDescription:
    """Return a sensor that a GPU has once the field *name* was known."""
    return part_sensor(
        GPU,
        key,
        field(name),
        exists=known(field(name)),
        has_figures=True,
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=MEASUREMENT,
        **options,
    )


def _reading(data: Data) -> Any:
    """Return a channel's value; None if it is not trusted."""
    return data.get("value") if data.get("trusted") else None


def _is_connected(data: Data) -> bool:
    """Check whether a channel has a reading, and is connected or named by the user."""
    is_open = data.get("role") is None and _UNCONNECTED.fullmatch(data["label"])
    return not is_open and _reading(data) is not None


def _is_board(data: Data) -> bool:
    """Check for the mainboard's temperature; the CPU's is ``cpu_temperature``."""
    return data.get("role") == "motherboard"


def _is_fan(data: Data) -> bool:
    """Check whether there is a fan: it turns, or the user has named it."""
    return data.get("role") == "array_fan" or bool(_reading(data))


def _channel(
    kind: str,
    device_class: SensorDeviceClass | None,
    unit: str,
    *,
    is_wanted: Callable[[Data], bool] | None = None,
    **options: Any,
) -> UmaSensorDescription:
    return part_sensor(
        kind,
        "reading",
        _reading,
        is_on=False,
        is_wanted=is_wanted,
        exists=_is_connected,
        has_figures=True,
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        **options,
    )


HARDWARE_SENSORS: Final = (
    percent(CORE, "usage", "percent", is_on=False, entity_category=EntityCategory.DIAGNOSTIC),
    _channel(
        TEMPERATURE,
        SensorDeviceClass.TEMPERATURE,
        UnitOfTemperature.CELSIUS,
        is_wanted=_is_board,
        least_change=1,
        suggested_display_precision=0,
    ),
    _channel(FAN, None, REVOLUTIONS_PER_MINUTE, is_wanted=_is_fan, least_change=50, suggested_display_precision=0),
    _channel(VOLTAGE, SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, suggested_display_precision=2),
    words(GPU, "state", field("state"), GPU_STATES),
    _gpu("load", "busy_percent", None, PERCENTAGE, least_change=1, suggested_display_precision=0),
    _gpu(
        "temperature",
        "temperature",
        SensorDeviceClass.TEMPERATURE,
        UnitOfTemperature.CELSIUS,
        least_change=1,
        suggested_display_precision=0,
    ),
    _gpu(
        "power", "power_watts", SensorDeviceClass.POWER, UnitOfPower.WATT, least_change=1, suggested_display_precision=0
    ),
    size(
        GPU,
        "memory",
        field("memory_used_bytes"),
        UnitOfInformation.GIBIBYTES,
        has_figures=True,
        exists=known(field("memory_used_bytes")),
    ),
    _gpu("fan", "fan_percent", None, PERCENTAGE, is_on=False, suggested_display_precision=0),
    _gpu(
        "frequency",
        "frequency_mhz",
        SensorDeviceClass.FREQUENCY,
        UnitOfFrequency.MEGAHERTZ,
        is_on=False,
        suggested_display_precision=0,
    ),
    words(UPS, "status", field("status"), UPS_STATES),
    _ups("battery", "battery_percent", SensorDeviceClass.BATTERY, PERCENTAGE, suggested_display_precision=0),
    _ups(
        "runtime",
        "runtime_seconds",
        SensorDeviceClass.DURATION,
        UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        least_change=60,
    ),
    _ups("load", "load_percent", None, PERCENTAGE, suggested_display_precision=1, least_change=1),
    _ups(
        "power", "power_watts", SensorDeviceClass.POWER, UnitOfPower.WATT, suggested_display_precision=0, least_change=5
    ),
    _ups("input_voltage", "input_volts", SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, is_on=False),
    _ups("output_voltage", "output_volts", SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, is_on=False),
    _ups("battery_voltage", "battery_volts", SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, is_on=False),
    _ups("frequency", "frequency_hz", SensorDeviceClass.FREQUENCY, UnitOfFrequency.HERTZ, is_on=False),
    temperature(UPS, exists=known(field("temperature")), least_change=1),
    _ups("transfers", "transfers", None, None, is_on=False, state_class=SensorStateClass.TOTAL_INCREASING),
    _ups(
        "transfer_reason",
        "last_transfer_reason",
        None,
        None,
        is_on=False,
        state_class=None,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    words(
        UPS,
        "self_test",
        field("self_test"),
        SELF_TESTS,
        exists=known(field("self_test")),
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    part_sensor(
        UPS,
        "on_battery_since",
        lambda data: moment(data.get("on_battery_since")),
        is_on=False,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    part_sensor(
        PORT,
        "speed",
        field("speed_mbps"),
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.MEGABITS_PER_SECOND,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    rate(PORT, "sent_rate", field("bytes_sent_per_sec")),
    rate(PORT, "received_rate", field("bytes_recv_per_sec")),
)
