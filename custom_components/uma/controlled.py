"""Entities of containers that exist only if the server allows control."""

from collections.abc import Callable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UmaConfigEntry, UmaCoordinator
from .entity import UmaDescription, UmaEntity, set_up
from .parts import SERVER_INFO, Part


class ControlledEntity(UmaEntity):
    """An entity that controls a container; unavailable while that is not allowed."""

    @property
    @override
    def available(self) -> bool:
        """Return whether the container is listed and may be controlled."""
        return super().available and self.coordinator.may_control

    @override
    async def async_added_to_hass(self) -> None:
        """Update when the permission changes, too."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_add_listener(self._handle_coordinator_update, SERVER_INFO))


def set_up_controlled[D: UmaDescription](
    entry: UmaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    description: D,
    make: Callable[[UmaCoordinator, D, Part], Entity],
) -> None:
    """Add an entity per container, now or once the server allows control."""
    coordinator = entry.runtime_data
    is_set_up = False

    @callback
    def look() -> None:
        nonlocal is_set_up
        if coordinator.may_control and not is_set_up:
            is_set_up = True
            set_up(entry, async_add_entities, (description,), make)

    look()
    entry.async_on_unload(coordinator.async_add_listener(look, SERVER_INFO))
