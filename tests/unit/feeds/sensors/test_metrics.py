"""The metric families of sensors."""

from dataclasses import replace

from uma.feeds.sensors.metrics import METRICS
from uma.feeds.sensors.model import Sensor, SensorsStatus

CPU = Sensor(
    id="coretemp-isa-0000/temp1",
    kind="temperature",
    label="CPU Temp",
    role="cpu",
    value=41.0,
    unit="celsius",
    critical=100.0,
    trusted=True,
    fault=None,
)
FAN = replace(
    CPU,
    id="nct6798-isa-0290/fan2",
    kind="fan",
    label="Array Fan",
    role="array_fan",
    value=1040.0,
    unit="rpm",
    critical=None,
)
NONSENSE = replace(CPU, id="nct6798-isa-0290/temp4", label="AUXTIN2", role=None, value=112.0, trusted=False)


def values(*sensors):
    status = SensorsStatus(tuple(sensors))
    return {
        (family.name, labels["label"]): value
        for family in METRICS
        for labels, value in family.values(status)
        if value is not None
    }


def test_each_kind_has_its_family():
    """It has the user's label and role."""
    assert values(CPU, FAN) == {
        ("uma_sensor_temperature_celsius", "CPU Temp"): 41.0,
        ("uma_sensor_critical_celsius", "CPU Temp"): 100.0,
        ("uma_sensor_fan_rpm", "Array Fan"): 1040.0,
    }


def test_nonsense_has_no_sample():
    """No alert uses AUXTIN's 112 °C, nor a value that is not read now."""
    assert values(NONSENSE) == {}
    assert values(replace(CPU, value=None, critical=None)) == {}
