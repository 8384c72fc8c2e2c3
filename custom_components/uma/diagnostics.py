"""Diagnostics: the newest messages, without what identifies the user's server or network."""

from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant

from .coordinator import UmaConfigEntry

TO_REDACT: Final = {
    CONF_HOST,
    CONF_TOKEN,
    "bios",
    "board",
    "host_ip",
    "id",
    "items",
    "serial_tail",
    "site",
    "title",
    "unique_id",
    "uuid",
    "webgui_url",
    "webui",
}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: UmaConfigEntry) -> dict[str, Any]:
    """Return the entry, the connection's state and the newest message of each stream."""
    coordinator = entry.runtime_data
    return {
        "entry": async_redact_data(
            {
                "title": entry.title,
                "unique_id": entry.unique_id,
                "data": dict(entry.data),
                "options": dict(entry.options),
            },
            TO_REDACT,
        ),
        "is_connected": coordinator.is_connected,
        "interval": coordinator.interval,
        "feeds": async_redact_data(dict(coordinator.data), TO_REDACT),
    }
