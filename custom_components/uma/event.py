"""Events: of containers, of storage, of virtual machines, and of findings."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UmaConfigEntry, UmaCoordinator
from .entity import Data, UmaDescription, UmaEntity
from .parts import SERVER, SERVER_INFO, Part

PARALLEL_UPDATES = 0

OTHER: Final = "other"
APPEARED: Final = "appeared"
CLEARED: Final = "cleared"
SUMMARY: Final = "server/summary"


FindingKey = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class UmaEventDescription(UmaDescription, EventEntityDescription):
    """An event entity; ``attributes`` computes values from an event's data."""

    attributes: Callable[[Data], dict[str, Any]]


def _of_container(data: Data) -> dict[str, Any]:
    attributes = data.get("attributes") or {}
    return {
        "action": data.get("action"),
        "container": data.get("container_name"),
        "image": data.get("image"),
        "status": data.get("status"),
        "exit_code": attributes.get("exitCode"),
        "signal": attributes.get("signal"),
    }


def _fields(*names: str) -> Callable[[Data], dict[str, Any]]:
    return lambda data: {name: data.get(name) for name in names}


def _notification(item: Data) -> dict[str, Any]:
    return {name: item.get(name) for name in ("importance", "event", "subject", "description")}


DOCKER: Final = UmaEventDescription(
    key="docker",
    stream="docker/events",
    event_types=[
        "create", "start", "restart", "stop", "die", "kill", "oom", "pause", "unpause", "rename", "update",
        "health_status", "destroy", OTHER,
    ],
    attributes=_of_container,
)  # fmt: skip
STORAGE: Final = UmaEventDescription(
    key="storage",
    stream="storage/events",
    event_types=[
        "array_started", "array_stopped", "protection_changed", "disk_spun_up", "disk_spun_down", "disk_state_changed",
        "temperature_state_changed", "usage_state_changed", "errors_increased", "health_changed",
        "smart_attribute_changed", "parity_started", "parity_paused", "parity_resumed", "parity_finished",
        "pool_state_changed", "mover_started", "mover_finished", "device_added", "device_removed", OTHER,
    ],
    attributes=_fields("action", "subject", "from", "to", "detail"),
)  # fmt: skip
VMS: Final = UmaEventDescription(
    key="vms",
    stream="vms/events",
    event_types=[
        "defined", "undefined", "started", "suspended", "resumed", "stopped", "shutdown", "crashed", "pmsuspended",
        OTHER,
    ],
    attributes=_fields("action", "vm_name", "state"),
)  # fmt: skip
NOTIFICATIONS: Final = UmaEventDescription(
    key="notifications",
    stream="notifications/events",
    event_types=["added", "dismissed", "removed", OTHER],
    attributes=lambda data: {"action": data.get("action"), **_notification(data.get("item") or {})},
    # Texts come only if the server's setting allows them and a token is set.
    entity_registry_enabled_default=False,
)
FINDING: Final = UmaEventDescription(
    key="finding", stream=SUMMARY, event_types=[APPEARED, CLEARED], attributes=_fields("severity", "subject", "text")
)


EVENTS: Final = (DOCKER, STORAGE, VMS, NOTIFICATIONS, FINDING)


async def async_setup_entry(
    hass: HomeAssistant, entry: UmaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add an entity for each followed stream of events, now or once the stream is
    enabled.
    """
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def look() -> None:
        info = coordinator.data.get(SERVER_INFO, {})
        followed = coordinator.following.streams(info)
        new: list[UmaEvent] = []
        for description in EVENTS:
            if description.stream in followed and description.key not in known:
                known.add(description.key)
                make = FindingEvent if description is FINDING else UmaEvent
                new.append(make(coordinator, description))
        if new:
            async_add_entities(new)

    look()
    entry.async_on_unload(coordinator.async_add_listener(look, SERVER_INFO))


class UmaEvent(UmaEntity, EventEntity):
    """The newest event of one stream."""

    entity_description: UmaEventDescription

    def __init__(self, coordinator: UmaCoordinator, description: UmaEventDescription) -> None:
        """Attach it to the server."""
        super().__init__(coordinator, description, Part(SERVER, SERVER, "", {}))
        self._was_available = True

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a connection: events come only as they occur."""
        return self.coordinator.is_connected

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        newest = self.coordinator.newest_event
        if newest is not None and newest[0] == self.entity_description.stream:
            data = newest[1]
            action = str(data.get("action"))
            self.fire(action if action in self.event_types else OTHER, data)
        elif self.available != self._was_available:
            self.async_write_ha_state()
        self._was_available = self.available

    @callback
    def fire(self, kind: str, data: Data) -> None:
        """Show the event as the newest."""
        self._trigger_event(kind, self.entity_description.attributes(data))
        self.async_write_ha_state()


class FindingEvent(UmaEvent):
    """Entity for findings that appeared or cleared since the last summary."""

    _before: dict[FindingKey, Data] | None = None
    _was_whole = False

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        summary = self.coordinator.data.get(SUMMARY)
        if summary is not None:
            self._compare(summary)
        if self.available != self._was_available:
            self._was_available = self.available
            self.async_write_ha_state()

    @override
    async def async_added_to_hass(self) -> None:
        """Remember the findings that exist already; they fire nothing."""
        await super().async_added_to_hass()
        if SUMMARY in self.coordinator.data:
            self._compare(self.coordinator.data[SUMMARY])

    def _compare(self, summary: Data) -> None:
        """Fire for each finding that appeared or cleared; if the list is cut, for
        neither.
        """
        now = {_key_of(finding): finding for finding in summary.get("findings", ())}
        is_whole = not summary.get("findings_more")
        if self._before is not None:
            for key in now.keys() - self._before.keys() if self._was_whole else ():
                self.fire(APPEARED, now[key])
            for key in self._before.keys() - now.keys() if is_whole else ():
                self.fire(CLEARED, self._before[key])
        self._before, self._was_whole = now, is_whole


def _key_of(finding: Data) -> FindingKey:
    """Return a finding's identity: a hot disk is one finding at any temperature."""
    return str(finding["severity"]), str(finding["subject"]), re.sub(r"\d+", "0", str(finding["text"]))
