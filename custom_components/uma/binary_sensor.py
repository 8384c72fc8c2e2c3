"""Binary sensors: problems, running parts, links, and updates."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UmaConfigEntry
from .entity import Data, UmaDescription, UmaEntity, set_up
from .parts import CONTAINER, DISK, POOL, PORT, SHARE, UPS, VM

PARALLEL_UPDATES = 0

PROBLEM: Final = BinarySensorDeviceClass.PROBLEM
RUNNING: Final = BinarySensorDeviceClass.RUNNING
UPDATE: Final = BinarySensorDeviceClass.UPDATE

PROTECTION_PROBLEMS: Final = frozenset({"degraded", "rebuilding", "invalid"})
"""While a disk is rebuilt, the loss of another may lose data."""

GOOD_DISK_STATES: Final = frozenset({"active", "standby"})


@dataclass(frozen=True, kw_only=True)
class UmaBinarySensorDescription(UmaDescription, BinarySensorEntityDescription):
    """A binary sensor; ``is_on`` and ``attributes`` compute values from its part's
    data.
    """

    is_on: Callable[[Data], bool | None]
    attributes: Callable[[Data], dict[str, Any]] | None = None


async def async_setup_entry(
    hass: HomeAssistant, entry: UmaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors."""
    set_up(entry, async_add_entities, BINARY_SENSORS, UmaBinarySensor)


class UmaBinarySensor(UmaEntity, BinarySensorEntity):
    """A binary sensor."""

    entity_description: UmaBinarySensorDescription
    _unrecorded_attributes = frozenset({"findings", "more", "sources"})

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state; None if it is not known now."""
        return self.entity_description.is_on(self.item or {})

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return the reasons of a problem that has some."""
        attributes = self.entity_description.attributes
        return None if attributes is None else attributes(self.item or {})

    @override
    def shown(self) -> object:
        return self.is_on, self.extra_state_attributes


def _array_problem(data: Data) -> bool | None:
    protection = data.get("array_protection")
    return None if protection in (None, "unknown") else protection in PROTECTION_PROBLEMS


def _disk_problem(data: Data) -> bool | None:
    """Return True for a failed disk; None if neither Unraid nor SMART calls it good."""
    if data.get("status") not in GOOD_DISK_STATES or data.get("health") == "failed":
        return True
    return False if data.get("health") == "passed" else None


def _findings(data: Data) -> dict[str, Any]:
    found = data.get("findings", ())
    return {"findings": [finding["text"] for finding in found], "more": data.get("findings_more", 0)}


def _failed_sources(data: Data) -> dict[str, Any]:
    sources = data.get("sources", {})
    return {"sources": {name: one["detail"] for name, one in sources.items() if one["status"] == "failed"}}


def _is_available(data: Data) -> bool | None:
    """Return whether there is an update; None if Unraid has not checked."""
    return {"available": True, "up_to_date": False}.get(str(data.get("update")))


def _os_update(data: Data) -> bool | None:
    return {"available": True, "up_to_date": False}.get(str((data.get("os") or {}).get("status")))


def _plugin_updates(data: Data) -> bool | None:
    words = [plugin["status"] for plugin in data.get("plugins", ())]
    return True if "available" in words else False if "up_to_date" in words else None


def _pool_problem(data: Data) -> bool | None:
    state = data.get("state")
    if data.get("members_missing"):
        return True
    return None if state is None else state != "online"


def _bond_problem(data: Data) -> bool | None:
    """Return True if a bond lacks members; None for other ports."""
    bond = data.get("bond")
    return None if bond is None else bond["members_up"] < bond["members"]


def _equals(name: str, word: object) -> Callable[[Data], bool | None]:
    """Return a function that compares the field *name* with *word*; None without a
    value.
    """
    return lambda data: None if data.get(name) is None else data[name] == word


BINARY_SENSORS: Final = (
    UmaBinarySensorDescription(
        key="problem",
        stream="server/summary",
        device_class=PROBLEM,
        is_on=lambda data: data.get("severity") in ("warning", "critical"),
        attributes=_findings,
    ),
    UmaBinarySensorDescription(
        key="array_problem", stream="storage/status", device_class=PROBLEM, is_on=_array_problem
    ),
    UmaBinarySensorDescription(
        key="uma_problem",
        stream="server/health",
        device_class=PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda data: data.get("status") == "degraded",
        attributes=_failed_sources,
    ),
    UmaBinarySensorDescription(
        key="mover",
        stream="storage/details",
        device_class=RUNNING,
        is_on=lambda data: (data.get("mover") or {}).get("running"),
    ),
    UmaBinarySensorDescription(key="os_update", stream="updates/status", device_class=UPDATE, is_on=_os_update),
    UmaBinarySensorDescription(
        key="plugin_updates", stream="updates/status", device_class=UPDATE, is_on=_plugin_updates
    ),
    UmaBinarySensorDescription(
        key="disk_problem", kind=DISK, stream="storage/status", device_class=PROBLEM, is_on=_disk_problem
    ),
    UmaBinarySensorDescription(
        key="pool_problem", kind=POOL, stream="storage/details", device_class=PROBLEM, is_on=_pool_problem
    ),
    UmaBinarySensorDescription(
        key="share_problem",
        kind=SHARE,
        stream="shares/status",
        device_class=PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=_equals("valid", False),
    ),
    UmaBinarySensorDescription(
        key="container_running",
        kind=CONTAINER,
        stream="docker/containers",
        device_class=RUNNING,
        is_on=_equals("state", "running"),
    ),
    UmaBinarySensorDescription(
        key="container_update",
        kind=CONTAINER,
        stream="docker/containers",
        device_class=UPDATE,
        is_on=_is_available,
        exists=lambda data: _is_available(data) is not None,
    ),
    UmaBinarySensorDescription(
        key="vm_running", kind=VM, stream="vms/status", device_class=RUNNING, is_on=_equals("state", "running")
    ),
    UmaBinarySensorDescription(
        key="ups_problem",
        kind=UPS,
        stream="ups/status",
        device_class=PROBLEM,
        is_on=lambda data: data.get("status") != "online",
    ),
    UmaBinarySensorDescription(
        key="port_link",
        kind=PORT,
        stream="network/status",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=_equals("state", "up"),
    ),
    UmaBinarySensorDescription(
        key="port_problem",
        kind=PORT,
        stream="network/status",
        device_class=PROBLEM,
        exists=lambda data: data.get("bond") is not None,
        is_on=_bond_problem,
    ),
)
