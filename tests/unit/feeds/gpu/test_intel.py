"""Intel's GPUs. The counters are a software event of this machine's kernel, which is always busy."""

import os
from pathlib import Path

import pytest

from uma.feeds.gpu import intel
from uma.feeds.gpu.devices import read_addresses, read_devices
from uma.feeds.gpu.intel import Engine, IntelGpus
from uma.feeds.gpu.perf import Counter, Reading
from uma.host import Host

from .trees import add_gpu


def add_pmu(root: Path, name: str, events: dict[str, str], formats: dict[str, str] | None = None) -> None:
    folder = root / "sys/bus/event_source/devices" / name
    for part, files in (("events", events), ("format", formats or {})):
        (folder / part).mkdir(parents=True)
        for file, text in files.items():
            (folder / part / file).write_text(f"{text}\n")
    (folder / "type").write_text("1\n")
    (folder / "cpumask").write_text("0\n")


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.fixture(autouse=True)
def _perf():
    try:
        Counter(1, 0, 0).close()
    except OSError as error:
        pytest.skip(f"no perf events here: {error}")


I915 = {
    "rcs0-busy": "config=0x0",
    "rcs0-busy.unit": "ns",
    "vcs0-busy": "config=0x0",
    "vcs1-busy": "config=0x0",
    "rc6-residency": "config=0x0",
}


def test_i915s_engines(tmp_path):
    """Two reads give the load of each class, the first none; counters are closed again."""
    add_gpu(tmp_path, "0000:00:02.0", "intel", "i915", drm__card0__gt_act_freq_mhz="350")
    add_pmu(tmp_path, "i915", I915)
    (device,) = read_devices(Host(tmp_path), read_addresses(Host(tmp_path)))
    before = descriptors()
    gpus = IntelGpus(Host(tmp_path))
    first, second = gpus.read(device), gpus.read(device)

    assert (first.busy_percent, first.engines, first.frequency_mhz) == (None, {}, 350)
    assert second.engines.keys() == {"render", "video"}
    assert second.busy_percent == pytest.approx(100, abs=15)
    assert descriptors() == before + 3
    gpus.close()
    assert descriptors() == before


def test_a_second_gpu_has_a_pmu_of_its_own(tmp_path):
    """Its name holds the address; the first GPU's PMU is not used for it."""
    add_gpu(tmp_path, "0000:03:00.0", "intel", "i915")
    add_pmu(tmp_path, "i915_0000_03_00.0", {"ccs0-busy": "config=0x0"})
    add_pmu(tmp_path, "i915", I915)
    (device,) = read_devices(Host(tmp_path), read_addresses(Host(tmp_path)))
    gpus = IntelGpus(Host(tmp_path))
    gpus.read(device)

    assert gpus.read(device).engines.keys() == {"compute"}
    gpus.close()


@pytest.mark.parametrize("video_gt", [1, 0], ids=["Battlemage", "Alder Lake"])
def test_xes_engines(tmp_path, monkeypatch, video_gt):
    """Busy ticks of all ticks; instances that the card lacks are left out. Older GPUs have no GT for video."""
    opened = []

    class Ticks:
        def __init__(self, kind, config, cpu):
            if config >> 12 & 0xFF or (config >> 20 & 0xFF, config >> 60) not in {(0, 0), (2, video_gt)}:
                raise OSError("no such engine")
            opened.append(config)
            self._step = 25 if config & 0xFFF == 2 else 100
            self._ticks = 0

        def read(self):
            self._ticks += self._step
            return Reading(self._ticks, 0)

        def close(self):
            opened.pop()

    monkeypatch.setattr(intel, "Counter", Ticks)
    add_gpu(tmp_path, "0000:03:00.0", "intel", "xe", tile0__gt0__freq0__act_freq="2400")
    add_pmu(
        tmp_path,
        "xe_0000_03_00.0",
        {"engine-active-ticks": "event=0x02", "engine-total-ticks": "event=0x03"},
        {
            "event": "config:0-11",
            "engine_instance": "config:12-19",
            "engine_class": "config:20-27",
            "gt": "config:60-63",
        },
    )
    (device,) = read_devices(Host(tmp_path), read_addresses(Host(tmp_path)))
    gpus = IntelGpus(Host(tmp_path))
    gpus.read(device)
    figures = gpus.read(device)

    assert (figures.engines, figures.frequency_mhz) == ({"render": 25.0, "video": 25.0}, 2400)
    gpus.close()
    assert opened == []


def test_a_kernel_without_a_pmu(tmp_path):
    """Only the frequency is known; no value becomes 0."""
    add_gpu(tmp_path, "0000:00:02.0", "intel", "i915", drm__card12__gt__gt0__rps_act_freq_mhz="700")
    (device,) = read_devices(Host(tmp_path), read_addresses(Host(tmp_path)))
    gpus = IntelGpus(Host(tmp_path))
    gpus.read(device)
    figures = gpus.read(device)

    assert (figures.busy_percent, figures.engines, figures.frequency_mhz) == (None, {}, 700)


class Scripted:
    """A counter with scripted readings."""

    def __init__(self, *readings):
        self._readings = list(readings)

    def read(self):
        return self._readings.pop(0)


def test_a_counter_that_runs_backwards_has_no_load():
    """The driver was reloaded; the next read has a load again."""
    engine = Engine("render", Scripted(Reading(500, 1000), Reading(10, 2000), Reading(510, 3000), Reading(510, 3000)))

    assert [engine.load() for _ in range(4)] == [None, None, 50.0, None]


def test_a_removed_gpu_is_released(tmp_path, monkeypatch):
    """A counter that can no longer be read is closed, and reopened later."""
    add_gpu(tmp_path, "0000:00:02.0", "intel", "i915")
    add_pmu(tmp_path, "i915", I915)
    (device,) = read_devices(Host(tmp_path), read_addresses(Host(tmp_path)))
    before = descriptors()
    gpus = IntelGpus(Host(tmp_path))
    gpus.read(device)
    with monkeypatch.context() as patched:
        patched.setattr(os, "read", lambda descriptor, count: b"")
        assert gpus.read(device).busy_percent is None
    assert descriptors() == before
    gpus.read(device)
    assert gpus.read(device).busy_percent is not None
    gpus.close()
