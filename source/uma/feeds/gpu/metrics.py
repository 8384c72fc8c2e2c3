"""The metric families of GPUs, by PCI address."""

from collections.abc import Callable, Iterator

from uma.feeds.feed import Gauge, Metric, Sample, ratio
from uma.feeds.gpu.model import Gpu, GpuStatus

HERTZ = 1_000_000
"""Hz in a MHz."""
AWAKE = {"active": 1.0, "idle": 1.0, "suspended": 0.0}
LABELS = ("gpu",)


def _each(value: Callable[[Gpu], float | None]) -> Callable[[GpuStatus], Iterator[Sample]]:
    return lambda status: (({"gpu": gpu.id}, value(gpu)) for gpu in status.gpus)


def _engines(status: GpuStatus) -> Iterator[Sample]:
    for gpu in status.gpus:
        for engine, load in (gpu.engines or {}).items():
            yield {"gpu": gpu.id, "engine": engine}, ratio(load)


def _hertz(gpu: Gpu) -> float | None:
    return None if gpu.frequency_mhz is None else gpu.frequency_mhz * HERTZ


METRICS: tuple[Metric, ...] = (
    Gauge(
        "uma_gpu_awake",
        "1 if the GPU is awake, 0 if not; no series for a VM's GPU, or without a driver.",
        _each(lambda gpu: AWAKE.get(gpu.state)),
        labels=LABELS,
    ),
    Gauge(
        "uma_gpu_busy_ratio", "Load of the busiest engine.", _each(lambda gpu: ratio(gpu.busy_percent)), labels=LABELS
    ),
    Gauge("uma_gpu_engine_busy_ratio", "Load of an engine.", _engines, labels=("gpu", "engine")),
    Gauge("uma_gpu_memory_used_bytes", "Video memory in use.", _each(lambda gpu: gpu.memory_used_bytes), labels=LABELS),
    Gauge("uma_gpu_memory_size_bytes", "Video memory.", _each(lambda gpu: gpu.memory_total_bytes), labels=LABELS),
    Gauge("uma_gpu_temperature_celsius", "Temperature.", _each(lambda gpu: gpu.temperature), labels=LABELS),
    Gauge("uma_gpu_power_watts", "Power drawn.", _each(lambda gpu: gpu.power_watts), labels=LABELS),
    Gauge(
        "uma_gpu_power_limit_watts",
        "Power at which the GPU slows down.",
        _each(lambda gpu: gpu.power_limit_watts),
        labels=LABELS,
    ),
    Gauge("uma_gpu_fan_ratio", "Fan, of its full speed.", _each(lambda gpu: ratio(gpu.fan_percent)), labels=LABELS),
    Gauge("uma_gpu_fan_rpm", "Fan, in revolutions per minute.", _each(lambda gpu: gpu.fan_rpm), labels=LABELS),
    Gauge("uma_gpu_frequency_hertz", "Clock of the render engine.", _each(_hertz), labels=LABELS),
)
