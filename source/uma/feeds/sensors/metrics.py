"""Metric families of sensors. An untrusted reading has no sample, so no alert
uses it.
"""

from collections.abc import Callable, Iterator

from uma.feeds.feed import Gauge, Metric, Sample
from uma.feeds.sensors.model import Sensor, SensorsStatus

LABELS = ("sensor", "label", "role")


def _of(kind: str, value: Callable[[Sensor], float | None]) -> Callable[[SensorsStatus], Iterator[Sample]]:
    return lambda status: (
        ({"sensor": each.id, "label": each.label, "role": each.role or ""}, value(each))
        for each in status.sensors
        if each.kind == kind and each.trusted
    )


METRICS: tuple[Metric, ...] = (
    Gauge("uma_sensor_temperature_celsius", "Temperature.", _of("temperature", lambda each: each.value), labels=LABELS),
    Gauge(
        "uma_sensor_critical_celsius",
        "Temperature at which the hardware protects itself.",
        _of("temperature", lambda each: each.critical),
        labels=LABELS,
    ),
    Gauge(
        "uma_sensor_fan_rpm",
        "Speed of a fan, in revolutions per minute.",
        _of("fan", lambda each: each.value),
        labels=LABELS,
    ),
    Gauge("uma_sensor_volts", "Voltage.", _of("voltage", lambda each: each.value), labels=LABELS),
)
