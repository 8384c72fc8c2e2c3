"""GPUs: which exist, whether they sleep, and their figures.

``devices`` finds them without waking one; ``intel``, ``amd`` and ``nvidia`` read
figures on demand.
"""

from collections.abc import Iterable, Sequence

from uma.feeds.feed import Context, Entity, Feed, Metric, Source, Switch
from uma.feeds.gpu.model import GpuStatus


def _source(context: Context) -> Source:
    from uma.feeds.gpu.source import GpuSource  # noqa: PLC0415 - only while it is on

    return GpuSource(context)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.gpu.metrics import METRICS  # noqa: PLC0415 - few servers are scraped

    return METRICS


def _entities(status: GpuStatus) -> Iterable[Entity] | None:
    from uma.feeds.gpu.entities import entities_of  # noqa: PLC0415 - few servers have a broker

    return entities_of(status)


def _layout(status: GpuStatus) -> object:
    return tuple((gpu.id, gpu.name) for gpu in status.gpus)


def _facts(status: GpuStatus) -> object:
    return tuple((gpu.id, gpu.driver) for gpu in status.gpus)


FEEDS = (
    Feed(
        name="gpu/status",
        title="GPUs",
        summary="Every GPU: at once, every 30 s, and on change; figures every 5 to 10 s. None is woken.",
        message=GpuStatus,
        source=_source,
        switch=Switch(
            "GPU_STATUS", "GPUs", "Load, memory, temperature and power of each GPU; a sleeping one stays asleep."
        ),
        metrics=_metrics,
        entities=_entities,
        layout=_layout,
        facts=_facts,
        panel="panels/gpu.js",
        needs_counters=True,
    ),
)
