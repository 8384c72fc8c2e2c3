"""The metric families of GPUs."""

from dataclasses import replace

import pytest

from uma.feeds.gpu.metrics import METRICS
from uma.feeds.gpu.model import Gpu, GpuStatus

GPU = Gpu(
    id="0000:01:00.0",
    vendor="nvidia",
    name="NVIDIA GeForce",
    driver="nvidia",
    integrated=False,
    state="active",
    busy_percent=80.0,
    engines={"render": 7.0, "encoder": 80.0},
    memory_used_bytes=2**30,
    memory_total_bytes=2**33,
    temperature=41.0,
    power_watts=28.3,
    power_scope="gpu",
    power_limit_watts=120.0,
    fan_percent=30.0,
    fan_rpm=None,
    frequency_mhz=1410,
)


def values(gpu):
    status = GpuStatus((gpu,))
    samples = [(family.name, labels, value) for family in METRICS for labels, value in family.values(status)]
    return {(name, *list(labels.values())[1:]): value for name, labels, value in samples if value is not None}


def test_figures_are_in_base_units():
    """Ratios and hertz; each engine has a sample."""
    found = values(GPU)

    assert found[("uma_gpu_busy_ratio",)] == 0.8
    assert found[("uma_gpu_engine_busy_ratio", "render")] == 0.07
    assert found[("uma_gpu_frequency_hertz",)] == 1_410_000_000
    assert found[("uma_gpu_fan_ratio",)] == 0.3
    assert ("uma_gpu_fan_rpm",) not in found


@pytest.mark.parametrize(
    ("state", "awake"),
    [("active", 1.0), ("idle", 1.0), ("suspended", 0.0), ("passed_through", None), ("unavailable", None)],
)
def test_awake_or_asleep(state, awake):
    """A GPU that belongs to a VM has no such value."""
    assert values(replace(GPU, state=state)).get(("uma_gpu_awake",)) == awake
