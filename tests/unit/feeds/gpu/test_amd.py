"""AMD's GPUs by sysfs."""

import pytest

from uma.feeds.gpu.amd import read_amd
from uma.feeds.gpu.devices import read_addresses, read_devices
from uma.host import Host

from .trees import add_gpu, apu_metrics, card_metrics


def read(root):
    (device,) = read_devices(Host(root), read_addresses(Host(root)))
    return read_amd(device)


def test_a_card(tmp_path):
    """Everything of one read of gpu_metrics, load and memory."""
    add_gpu(
        tmp_path,
        "0000:0a:00.0",
        "amd",
        "amdgpu",
        gpu_busy_percent="7",
        gpu_metrics=card_metrics(),
        mem_info_vram_used=str(2**30),
        mem_info_vram_total=str(2**33),
    )
    figures = read(tmp_path)

    assert (figures.busy_percent, figures.engines) == (12.0, {"render": 7.0, "video": 12.0})
    assert (figures.memory_used_bytes, figures.memory_total_bytes) == (2**30, 2**33)
    assert (figures.temperature, figures.power_watts, figures.fan_rpm, figures.integrated) == (52.0, 85.0, 1200, False)


def test_a_processor_with_graphics(tmp_path):
    """Its power is the whole chip's, and it says so."""
    add_gpu(tmp_path, "0000:0a:00.0", "amd", "amdgpu", gpu_busy_percent="0", gpu_metrics=apu_metrics())
    figures = read(tmp_path)

    assert (figures.busy_percent, figures.power_watts, figures.power_scope, figures.integrated) == (
        0.0,
        18.0,
        "soc",
        True,
    )


@pytest.mark.parametrize(
    ("device", "percent", "shown"),
    [
        ("0x15dd", "100", None),
        ("0x15d8", "100", None),
        ("0x15d8", "7", 7.0),
        ("0x1638", "100", 100.0),
        ("", "100", 100.0),
    ],
)
def test_a_load_that_is_stuck_is_unknown(tmp_path, device, percent, shown):
    """Raven and Picasso can report 100 % when idle; a lower load of theirs is real."""
    add_gpu(tmp_path, "0000:0a:00.0", "amd", "amdgpu", device=device, gpu_busy_percent=percent)

    assert read(tmp_path).busy_percent == shown


def test_files_that_can_not_be_read(tmp_path):
    """EPERM, EBUSY and EINVAL are normal: None, each by itself."""
    folder = add_gpu(tmp_path, "0000:0a:00.0", "amd", "amdgpu", gpu_busy_percent="busy", mem_info_vram_used="1")
    (folder / "gpu_metrics").mkdir()
    figures = read(tmp_path)

    assert (figures.busy_percent, figures.engines, figures.memory_used_bytes, figures.temperature) == (
        None,
        {},
        1,
        None,
    )
