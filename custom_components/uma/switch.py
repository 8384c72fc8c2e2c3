"""Switches that start and stop containers, if the server allows it."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import operate
from .controlled import ControlledEntity, set_up_controlled
from .coordinator import UmaConfigEntry
from .entity import UmaDescription
from .parts import CONTAINER

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class UmaSwitchDescription(UmaDescription, SwitchEntityDescription):
    """A switch of a container."""


SWITCH: Final = UmaSwitchDescription(key="container", kind=CONTAINER, stream="docker/containers")


async def async_setup_entry(
    hass: HomeAssistant, entry: UmaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches, now or once control is allowed."""
    set_up_controlled(entry, async_add_entities, SWITCH, ContainerSwitch)


class ContainerSwitch(ControlledEntity, SwitchEntity):
    """A container: on while it runs."""

    entity_description: UmaSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the container runs."""
        state = (self.item or {}).get("state")
        return None if state is None else state == "running"

    @override
    def shown(self) -> object:
        return self.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start the container; its state follows by Docker's event."""
        await operate(self.coordinator, "start", [self.part_key])

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop the container; its state follows by Docker's event."""
        await operate(self.coordinator, "stop", [self.part_key])
