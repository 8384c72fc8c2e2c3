"""Home Assistant's entities of GPUs."""

import re
from dataclasses import replace

from uma.feeds.gpu.entities import entities_of
from uma.feeds.gpu.model import GpuStatus

from .test_metrics import GPU


def test_each_gpu_is_a_device():
    """Its key is its PCI address, which stays."""
    entities = entities_of(GpuStatus((GPU, replace(GPU, id="0000:0a:00.0", vendor="amd", name=None))))

    assert entities is not None
    keys = [entity.key for entity in entities]
    assert len(set(keys)) == len(keys) == 10
    assert all(re.fullmatch("[a-z0-9_]+", key) for key in keys)
    assert {(entity.device.name, entity.device.manufacturer) for entity in entities if entity.device} == {
        ("GPU NVIDIA GeForce", "NVIDIA"),
        ("GPU 0000:0a:00.0", "AMD"),
    }


def test_absence_removes_nothing():
    """While the bus can't be read their entities stay."""
    assert entities_of(GpuStatus(())) is None
