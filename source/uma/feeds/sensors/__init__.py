"""Sensors of the mainboard and the processor, with the user's own labels.

``chips`` finds and reads them; it opens no file of disks' and GPUs' chips.
"""

from collections.abc import Iterable, Sequence

from uma.feeds.feed import Context, Entity, Feed, Metric, Source, Switch
from uma.feeds.sensors.model import SensorsStatus


def _source(context: Context) -> Source:
    from uma.feeds.sensors.source import SensorsSource  # noqa: PLC0415 - only while it is on

    return SensorsSource(context)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.sensors.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _entities(status: SensorsStatus) -> Iterable[Entity] | None:
    from uma.feeds.sensors.entities import entities_of  # noqa: PLC0415 - few servers have a broker

    return entities_of(status)


def _layout(status: SensorsStatus) -> object:
    return tuple((sensor.id, sensor.label) for sensor in status.sensors)


FEEDS = (
    Feed(
        name="sensors/status",
        title="Sensors",
        summary="Fans, temperatures and voltages of the mainboard: at once and every 30 s; values every 10 s.",
        message=SensorsStatus,
        source=_source,
        switch=Switch(
            "SENSORS_STATUS", "Sensors", "Fans, temperatures and voltages of the mainboard, by your labels in Unraid."
        ),
        metrics=_metrics,
        entities=_entities,
        layout=_layout,
        # Values are figures: a broker gets them at most every 15 s.
        facts=_layout,
        panel="panels/sensors.js",
    ),
)
