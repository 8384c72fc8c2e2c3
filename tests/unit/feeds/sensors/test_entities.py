"""Home Assistant's entities of sensors."""

import re
from dataclasses import replace

from uma.feeds.sensors.entities import entities_of
from uma.feeds.sensors.model import SensorsStatus

from .test_metrics import CPU, FAN, NONSENSE


def test_each_sensor_is_an_entity():
    """Each has its label; cores and unconnected inputs have none unless the user gave them a role."""
    core = replace(CPU, id="coretemp-isa-0000/temp2", label="Core 0", role=None)
    entities = entities_of(SensorsStatus((CPU, FAN, NONSENSE, core)))

    assert entities is not None
    assert [entity.name for entity in entities] == ["CPU Temp", "Array Fan"]
    assert all(re.fullmatch("[a-z0-9_]+", entity.key) for entity in entities)


def test_an_entity_does_not_come_and_go_with_its_reading():
    """An implausible reading makes it unknown for that time."""
    entities = entities_of(SensorsStatus((replace(CPU, trusted=False),)))

    assert entities is not None
    assert "selectattr('trusted')" in entities[0].template


def test_absence_removes_nothing():
    """While no driver is loaded their entities stay."""
    assert entities_of(SensorsStatus(())) is None
