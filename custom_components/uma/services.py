"""Actions on up to 100 containers in one call."""

from typing import Final

import probatio
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import service

from .client.rest import Operation
from .const import DOMAIN, MAX_CONTAINERS_PER_ACTION
from .control import operate
from .coordinator import UmaConfigEntry

ATTR_CONFIG_ENTRY: Final = "config_entry_id"
ATTR_CONTAINERS: Final = "containers"

SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(ATTR_CONFIG_ENTRY): cv.string,
        probatio.Required(ATTR_CONTAINERS): probatio.All(
            cv.ensure_list, [cv.string], probatio.Length(min=1, max=MAX_CONTAINERS_PER_ACTION)
        ),
    }
)

ACTIONS: Final[dict[str, Operation]] = {
    "start_containers": "start",
    "stop_containers": "stop",
    "restart_containers": "restart",
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""

    async def handle(call: ServiceCall) -> None:
        entry: UmaConfigEntry = service.async_get_config_entry(hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY])
        await operate(entry.runtime_data, ACTIONS[call.service], call.data[ATTR_CONTAINERS])

    for name in ACTIONS:
        hass.services.async_register(DOMAIN, name, handle, schema=SCHEMA)
