"""Devices of containers that were removed for good. Absence alone removes nothing."""

from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .parts import CONTAINER

if TYPE_CHECKING:
    from .coordinator import UmaCoordinator

ABSENT_SECONDS: Final = 24 * 3600
"""An update removes a container and recreates it under its name, within minutes."""


class Removals:
    """Destroyed containers and their times; a day later the device is removed."""

    def __init__(self, coordinator: UmaCoordinator) -> None:
        """Begin without any."""
        self._coordinator = coordinator
        self._destroyed: dict[str, float] = {}

    @callback
    def note_event(self, stream: str, data: Mapping[str, Any]) -> None:
        """Note a container that was destroyed."""
        if stream == "docker/events" and data.get("action") == "destroy":
            self._destroyed[str(data.get("container_name"))] = monotonic()

    @callback
    def look(self) -> None:
        """Remove the devices of containers that a complete list has lacked
        for a day.
        """
        coordinator = self._coordinator
        if coordinator.data["docker/containers"].get("service") != "running":
            return
        present = coordinator.parts.get(CONTAINER, {})
        for name, since in list(self._destroyed.items()):
            if name in present:
                del self._destroyed[name]
            elif monotonic() - since >= ABSENT_SECONDS:
                del self._destroyed[name]
                self._remove(name)

    def _remove(self, name: str) -> None:
        coordinator = self._coordinator
        registry = dr.async_get(coordinator.hass)
        key = device_key(coordinator.server_id, CONTAINER, name)
        device = registry.async_get_child_device_by_identifier((DOMAIN, key), coordinator.config_entry.entry_id)
        if device is not None:
            registry.async_remove_device(device.id)
            coordinator.forget_device(key)


def device_key(server_id: str, kind: str, key: str) -> str:
    """Return the identifier of a part's device."""
    return f"{server_id}_{kind}:{key}"
