"""The demo tree's GPUs, with changing loads."""

from dataclasses import replace

from uma.feeds.gpu.model import Gpu, GpuStatus
from uma.feeds.recording import swing


def moved(recording: GpuStatus, unix: float) -> GpuStatus:
    """Return the recording with figures for the time *unix*."""
    return replace(recording, gpus=tuple(_moved_gpu(gpu, unix) for gpu in recording.gpus), demo=True)


def _moved_gpu(gpu: Gpu, unix: float) -> Gpu:
    if not gpu.engines:
        return gpu
    engines = {name: min(100.0, round(swing(load, unix, name, 0.5), 1)) for name, load in gpu.engines.items()}
    return replace(
        gpu,
        engines=engines,
        busy_percent=max(engines.values()),
        power_watts=None if gpu.power_watts is None else round(swing(gpu.power_watts, unix, gpu.id), 1),
        temperature=None if gpu.temperature is None else round(swing(gpu.temperature, unix, gpu.id, 0.04), 1),
    )
