"""The demo tree's sensors, with changing readings."""

from dataclasses import replace

from uma.feeds.recording import swing
from uma.feeds.sensors.model import Sensor, SensorsStatus

DIGITS = {"temperature": 1, "fan": 0, "voltage": 3}
SHARES = {"temperature": 0.06, "fan": 0.03, "voltage": 0.004}


def moved(recording: SensorsStatus, unix: float) -> SensorsStatus:
    """Return the recording with readings for the time *unix*."""
    return replace(recording, sensors=tuple(_moved_sensor(each, unix) for each in recording.sensors), demo=True)


def _moved_sensor(sensor: Sensor, unix: float) -> Sensor:
    if sensor.value is None or not sensor.trusted:
        return sensor
    value = swing(sensor.value, unix, sensor.id, SHARES[sensor.kind])
    return replace(sensor, value=round(value, DIGITS[sensor.kind]))
