"""The base of every entity: its identity, its device, and the time of its writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import UmaConfigEntry, UmaCoordinator
from .parts import DEVICE_KINDS, ON_SERVER, SERVER, Part
from .removals import device_key

type Data = Mapping[str, Any]


def always(data: Data) -> bool:
    """Return True: every part has the entity."""
    return True


@dataclass(frozen=True, kw_only=True)
class UmaDescription(EntityDescription):
    """An entity of each part of ``kind``, of whose data in ``stream`` it is made.

    ``exists`` decides by the data whether there is one; once registered it stays. ``is_wanted``
    decides whether a new one is enabled, where that is not the same for all. With
    ``has_figures`` the server samples its value only for those who want it.
    """

    stream: str
    kind: str = SERVER
    exists: Callable[[Data], bool] = always
    is_wanted: Callable[[Data], bool] | None = None
    has_figures: bool = False


class UmaEntity(CoordinatorEntity[UmaCoordinator]):
    """An entity of a server or of one of its parts."""

    _attr_has_entity_name = True
    entity_description: UmaDescription

    def __init__(self, coordinator: UmaCoordinator, description: UmaDescription, part: Part) -> None:
        """Identify it by server, kind, part and key."""
        super().__init__(coordinator, context=description.stream)
        self.entity_description = description
        self.part_key = part.key
        key = unique_id(coordinator.server_id, description, part.key)
        self._attr_unique_id = key
        self._attr_translation_key = description.key
        if description.is_wanted is not None:
            self._attr_entity_registry_enabled_default = description.is_wanted(part.data)
        if description.kind in ON_SERVER:
            self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, coordinator.server_id)})
            self._attr_translation_placeholders = {"part": part.name}
        else:
            kind = DEVICE_KINDS.get(description.kind, description.kind)
            self._attr_device_info = ChildDeviceInfo(
                identifiers={(DOMAIN, device_key(coordinator.server_id, kind, part.key))},
                parent_device_id=coordinator.device_id,
                name=part.name,
            )
        self._written: object = None

    @override
    async def async_added_to_hass(self) -> None:
        """Have figures sampled while the entity exists; a disabled one does not."""
        await super().async_added_to_hass()
        self._written = self._state()
        if self.entity_description.has_figures:
            self.async_on_remove(self.coordinator.following.want_figures(self.entity_description.stream))

    @property
    def item(self) -> Data | None:
        """Return the newest data of its part; None while the server lists none."""
        description = self.entity_description
        if not self.coordinator.is_fresh(description.stream):
            return None
        if description.kind == SERVER:
            return self.coordinator.data[description.stream]
        part = self.coordinator.part(description.kind, self.part_key)
        return None if part is None else part.data

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a connection and the part is listed."""
        return self.coordinator.is_connected and self.item is not None

    def shown(self) -> object:
        """Return the contents of the state, whose changes are written."""
        return None

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        state = self._state()
        if state != self._written:
            self._written = state
            self.async_write_ha_state()

    def _state(self) -> tuple[bool, object]:
        return self.available, self.shown() if self.available else None


def unique_id(server_id: str, description: UmaDescription, key: str) -> str:
    """Return the unique id; no key of a description has a colon, so it is injective."""
    if description.kind == SERVER:
        return f"{server_id}_{description.key}"
    kind = DEVICE_KINDS.get(description.kind, description.kind)
    return f"{device_key(server_id, kind, key)}:{description.key}"


def set_up[D: UmaDescription](
    entry: UmaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Sequence[D],
    make: Callable[[UmaCoordinator, D, Part], Entity],
) -> None:
    """Add the entities of *descriptions* for all parts, and for later ones."""
    coordinator = entry.runtime_data
    known: set[str] = set()
    coordinator.known.append(known)
    # A stopped container has no health, a GPU no load until its entity asks for it.
    registered = {
        each.unique_id for each in er.async_entries_for_config_entry(er.async_get(coordinator.hass), entry.entry_id)
    }

    def parts(description: D) -> Sequence[Part]:
        if description.stream not in coordinator.data:
            return ()
        if description.kind == SERVER:
            return (Part(SERVER, SERVER, "", coordinator.data[description.stream]),)
        return tuple(coordinator.parts.get(description.kind, {}).values())

    @callback
    def look(descriptions: Sequence[D]) -> None:
        new: list[Entity] = []
        for description in descriptions:
            for part in parts(description):
                key = unique_id(coordinator.server_id, description, part.key)
                if key not in known and (key in registered or description.exists(part.data)):
                    known.add(key)
                    new.append(make(coordinator, description, part))
        if new:
            async_add_entities(new)

    look(descriptions)
    # By stream: a message only affects the descriptions of its own stream.
    for stream in dict.fromkeys(each.stream for each in descriptions):
        of_stream = [each for each in descriptions if each.stream == stream]
        entry.async_on_unload(coordinator.async_add_listener(partial(look, of_stream), stream))
