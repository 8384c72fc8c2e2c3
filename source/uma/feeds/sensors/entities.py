"""Home Assistant entities of sensors, which belong to the server itself."""

import json
import re
from collections.abc import Sequence

from uma.feeds.feed import IN_CELSIUS, IN_RPM, IN_VOLTS, Entity, path, sensor, show
from uma.feeds.sensors.model import Sensor, SensorsStatus
from uma.feeds.sensors.parse import is_connected, is_core

OPTIONS = {"temperature": IN_CELSIUS, "fan": IN_RPM, "voltage": IN_VOLTS}
ICONS = {"temperature": None, "fan": "mdi:fan", "voltage": None}


def entities_of(status: SensorsStatus) -> Sequence[Entity] | None:
    """Return an entity for each sensor except cores and unconnected inputs.

    None while there is no sensor, so that an absence removes no entity.
    """
    return [_entity_of(each) for each in status.sensors if _is_wanted(each)] or None


def _is_wanted(each: Sensor) -> bool:
    # Not by ``trusted``: the entity would come and go with the reading.
    return not is_core(each.label) and is_connected(each.label, is_users=each.role is not None)


def _entity_of(each: Sensor) -> Entity:
    key = f"sensor_{re.sub('[^a-z0-9]+', '_', each.id.lower()).strip('_')}"
    found = f"{path('sensors')} | selectattr('id', 'eq', {json.dumps(each.id)}) | selectattr('trusted')"
    value = f"({found} | map(attribute='value') | first | default(none))"
    return sensor(key, each.label, show(value), OPTIONS[each.kind], ICONS[each.kind])
