"""Sensors of a server and of its parts."""

from typing import override

from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UmaConfigEntry, UmaCoordinator
from .entity import UmaEntity, set_up
from .parts import Part
from .sensor_description import UmaSensorDescription, Value
from .sensors_of_guests import GUEST_SENSORS
from .sensors_of_hardware import HARDWARE_SENSORS
from .sensors_of_server import SERVER_SENSORS
from .sensors_of_storage import STORAGE_SENSORS

PARALLEL_UPDATES = 0

SENSORS = (*SERVER_SENSORS, *STORAGE_SENSORS, *GUEST_SENSORS, *HARDWARE_SENSORS)

TOLERANCE_SECONDS = 1
"""Tolerance for messages that come early or late."""


async def async_setup_entry(
    hass: HomeAssistant, entry: UmaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors."""
    set_up(entry, async_add_entities, SENSORS, UmaSensor)


class UmaSensor(UmaEntity, SensorEntity):
    """A sensor. A figure is written once an interval, a word at once."""

    entity_description: UmaSensorDescription

    def __init__(self, coordinator: UmaCoordinator, description: UmaSensorDescription, part: Part) -> None:
        """Begin without a written state."""
        super().__init__(coordinator, description, part)
        self._written_at = float("-inf")

    @property
    @override
    def native_value(self) -> Value:
        """Return the state; None if it is not known now."""
        value = self.entity_description.value(self.item or {})
        if self.options is not None and value is not None and value not in self.options:
            return "other" if "other" in self.options else None
        return value

    @override
    def shown(self) -> object:
        return self.native_value

    @override
    async def async_added_to_hass(self) -> None:
        """Count the first state, which Home Assistant writes now."""
        await super().async_added_to_hass()
        self._written_at = self.hass.loop.time()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a change; figures at most once an interval, to spare the recorder."""
        now = self.hass.loop.time()
        change = self._change_of_figure()
        if change is not None:
            is_early = now - self._written_at < self.coordinator.interval - TOLERANCE_SECONDS
            if is_early or change < self.entity_description.least_change:
                return
        before = self._written
        super()._handle_coordinator_update()
        if self._written != before:
            self._written_at = now

    def _change_of_figure(self) -> float | None:
        """Return a figure's distance from the shown one; None without two numbers."""
        if self.state_class is not SensorStateClass.MEASUREMENT:
            return None
        match self._written:
            case (True, int() | float() as before) if self.available:
                after = self.shown()
                return abs(after - before) if isinstance(after, int | float) else None
        return None
