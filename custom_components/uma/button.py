"""Buttons that restart containers, if the server allows it."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.button.const import ButtonDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import operate
from .controlled import ControlledEntity, set_up_controlled
from .coordinator import UmaConfigEntry
from .entity import UmaDescription
from .parts import CONTAINER

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class UmaButtonDescription(UmaDescription, ButtonEntityDescription):
    """A button of a container."""


BUTTON: Final = UmaButtonDescription(
    key="container_restart", kind=CONTAINER, stream="docker/containers", device_class=ButtonDeviceClass.RESTART
)


async def async_setup_entry(
    hass: HomeAssistant, entry: UmaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons, now or once control is allowed."""
    set_up_controlled(entry, async_add_entities, BUTTON, RestartButton)


class RestartButton(ControlledEntity, ButtonEntity):
    """A button that restarts a container."""

    entity_description: UmaButtonDescription

    @override
    async def async_press(self) -> None:
        """Restart the container, or start it if it does not run."""
        await operate(self.coordinator, "restart", [self.part_key])
