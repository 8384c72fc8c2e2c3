"""Sensors of a server and of its parts."""

from typing import override

from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UmaConfigEntry, UmaCoordinator
from .entity import UmaEntity, set_up
from .parts import Part
from .sensor_description import UmaSensorDescription, Value
from .sensors_of_parts import PART_SENSORS
from .sensors_of_server import SERVER_SENSORS

PARALLEL_UPDATES = 0

TOLERANCE_SECONDS = 1
"""By which messages come early or late."""


async def async_setup_entry(
    hass: HomeAssistant, entry: UmaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors."""
    set_up(entry, async_add_entities, (*SERVER_SENSORS, *PART_SENSORS), UmaSensor)


class UmaSensor(UmaEntity, SensorEntity):
    """A sensor. A figure is written once an interval, a word at once."""

    entity_description: UmaSensorDescription

    def __init__(self, coordinator: UmaCoordinator, description: UmaSensorDescription, part: Part) -> None:
        """Take the words of an enumeration from its description."""
        super().__init__(coordinator, description, part)
        self._written_at = float("-inf")

    @property
    @override
    def native_value(self) -> Value:
        """Return the state; None where it is not known now."""
        value = self.entity_description.value(self.item or {})
        if self.options is not None and value is not None and value not in self.options:
            return "other" if "other" in self.options else None
        return value

    @override
    def shown(self) -> object:
        return self.native_value

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a change; of a figure at most one an interval, for the recorder's sake."""
        now = self.hass.loop.time()
        is_early = now - self._written_at < self.coordinator.interval - TOLERANCE_SECONDS
        if is_early and self.state_class is SensorStateClass.MEASUREMENT and self._is_figure_change():
            return
        before = self._written
        super()._handle_coordinator_update()
        if self._written != before:
            self._written_at = now

    def _is_figure_change(self) -> bool:
        """Check whether a number is shown and would be after it."""
        match self._written:
            case (True, int() | float()):
                return self.available and isinstance(self.shown(), int | float)
        return False
