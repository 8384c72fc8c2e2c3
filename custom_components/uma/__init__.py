"""UMA for Unraid: a server, its disks, pools and containers, pushed by the daemon."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, PLATFORMS
from .coordinator import UmaConfigEntry, UmaCoordinator
from .removals import device_key, remove_containers
from .services import async_setup_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: UmaConfigEntry) -> bool:
    """Connect to a server and add its entities."""
    coordinator = UmaCoordinator(hass, entry)
    await coordinator.start()
    coordinator.register_server()
    if not coordinator.wants_containers:
        remove_containers(hass, entry_id=entry.entry_id, server_id=coordinator.server_id)
    entry.runtime_data = coordinator
    entry.async_on_unload(coordinator.async_shutdown)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: UmaConfigEntry) -> bool:
    """Remove the entities; the connection ends with the entry's background task."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_config_entry_device(hass: HomeAssistant, entry: UmaConfigEntry, device: AnyDeviceEntry) -> bool:
    """Allow the removal of a device that the server does not list now."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    coordinator = entry.runtime_data
    present = {(DOMAIN, coordinator.server_id)} | {
        (DOMAIN, device_key(coordinator.server_id, kind, key))
        for kind, parts in coordinator.parts.items()
        for key in parts
    }
    if not coordinator.is_connected or device.identifiers & present:
        return False
    for _, key in device.identifiers:
        coordinator.forget_device(key)
    return True
