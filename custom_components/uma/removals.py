"""Devices of containers that were removed for good, or that the user does not want.
Absence alone removes nothing.
"""

from collections.abc import Callable, Collection, Mapping
from time import monotonic
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .parts import CONTAINER

ABSENT_SECONDS: Final = 24 * 3600
"""An update removes a container and recreates it under its name, within minutes."""

OF_DOCKER: Final = ("docker", "containers_running", "image_storage_usage")
"""Keys of the server's own entities that need the streams of containers."""


class Removals:
    """Destroyed containers and their times; a day later the device is removed.

    *present* returns the names of all containers, None while Docker is not running.
    *forget* is called with the key of each removed device.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        entry_id: str,
        server_id: str,
        present: Callable[[], Collection[str] | None],
        forget: Callable[[str], None],
    ) -> None:
        """Begin without any."""
        self._hass = hass
        self._entry_id = entry_id
        self._server_id = server_id
        self._present = present
        self._forget = forget
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
        present = self._present()
        if present is None:
            return
        for name, since in list(self._destroyed.items()):
            if name in present:
                del self._destroyed[name]
            elif monotonic() - since >= ABSENT_SECONDS:
                del self._destroyed[name]
                self._remove(name)

    def _remove(self, name: str) -> None:
        registry = dr.async_get(self._hass)
        key = device_key(self._server_id, CONTAINER, name)
        device = registry.async_get_child_device_by_identifier((DOMAIN, key), self._entry_id)
        if device is not None:
            registry.async_remove_device(device.id)
            self._forget(key)


def device_key(server_id: str, kind: str, key: str) -> str:
    """Return the identifier of a part's device."""
    return f"{server_id}_{kind}:{key}"


@callback
def remove_containers(hass: HomeAssistant, *, entry_id: str, server_id: str) -> None:
    """Remove all containers' devices and entities; Home Assistant keeps their settings
    for 30 days.
    """
    devices, entities = dr.async_get(hass), er.async_get(hass)
    start = device_key(server_id, CONTAINER, "")
    for device in dr.async_child_entries_for_config_entry(devices, entry_id):
        if any(key.startswith(start) for _, key in device.identifiers):
            devices.async_remove_device(device.id)
    unwanted = {f"{server_id}_{key}" for key in OF_DOCKER}
    for entity in er.async_entries_for_config_entry(entities, entry_id):
        if entity.unique_id in unwanted:
            entities.async_remove(entity.entity_id)
