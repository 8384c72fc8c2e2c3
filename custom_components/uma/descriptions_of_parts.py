"""Builders of the descriptions of parts' sensors."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfDataRate, UnitOfInformation, UnitOfTemperature

from .entity import Data
from .parts import STREAMS
from .sensor_description import UmaSensorDescription, Value, field

MEASUREMENT = SensorStateClass.MEASUREMENT


def part_sensor(
    kind: str, key: str, value: Callable[[Data], Value], *, is_on: bool = True, **options: Any
) -> UmaSensorDescription:
    """Return a sensor of each part of *kind*; disabled by default unless *is_on*."""
    return UmaSensorDescription(
        key=f"{kind}_{key}",
        kind=kind,
        stream=STREAMS[kind],
        value=value,
        entity_registry_enabled_default=is_on,
        **options,
    )


def words(kind: str, key: str, value: Callable[[Data], Value], options: list[str], **more: Any) -> UmaSensorDescription:
    """Return a sensor that shows one of the words *options*."""
    return part_sensor(kind, key, value, device_class=SensorDeviceClass.ENUM, options=options, **more)


def temperature(kind: str, key: str = "temperature", name: str = "temperature", **options: Any) -> UmaSensorDescription:
    """Return a sensor of the temperature in the field *name*, in °C."""
    return part_sensor(
        kind,
        key,
        field(name),
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        **options,
    )


def percent(kind: str, key: str, name: str, **options: Any) -> UmaSensorDescription:
    """Return a sensor of the percentage in the field *name*."""
    return part_sensor(
        kind,
        key,
        field(name),
        native_unit_of_measurement=PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        **options,
    )


def size(
    kind: str,
    key: str,
    value: Callable[[Data], Value],
    unit: UnitOfInformation = UnitOfInformation.TERABYTES,
    **options: Any,
) -> UmaSensorDescription:
    """Return a sensor of bytes, shown in *unit*; disabled by default."""
    return part_sensor(
        kind,
        key,
        value,
        is_on=False,
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=unit,
        suggested_display_precision=2,
        state_class=MEASUREMENT,
        **options,
    )


def rate(kind: str, key: str, value: Callable[[Data], Value], **options: Any) -> UmaSensorDescription:
    """Return a sensor of bytes a second, on demand; disabled by default."""
    return part_sensor(
        kind,
        key,
        value,
        is_on=False,
        has_figures=True,
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.BYTES_PER_SECOND,
        suggested_unit_of_measurement=UnitOfDataRate.MEGABYTES_PER_SECOND,
        suggested_display_precision=2,
        state_class=MEASUREMENT,
        **options,
    )
