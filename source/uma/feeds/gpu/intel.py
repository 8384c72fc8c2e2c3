"""Intel's GPUs: load of each engine by the PMU of i915 and xe, frequency by sysfs.

The same figures as intel_gpu_top, without the program. Temperature and power are in
hwmon only, which is not read: it wakes the GPU.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from uma.feeds.files import read_attribute
from uma.feeds.gpu.devices import Device
from uma.feeds.gpu.parse import (
    MAX_MHZ,
    XE_ENGINES,
    Figures,
    busiest,
    engine_of,
    figures_of_engines,
    parse_config,
    parse_whole,
)
from uma.feeds.gpu.perf import Counter, Reading
from uma.host import Host

MAX_INSTANCES = 4
"""Number of engines of one class to look for; a card has at most four."""
MAX_ENGINES = 32
MAX_PMU_TYPE = 2**31

_FREQUENCIES = (
    # The newest first; none of these wakes the GPU.
    "tile0/gt0/freq0/act_freq",
    "drm/card*/gt/gt0/rps_act_freq_mhz",
    "drm/card*/gt_act_freq_mhz",
)


@dataclass(slots=True)
class Engine:
    """One engine's counters: busy time against the clock, or busy ticks of
    all ticks.
    """

    name: str
    busy: Counter
    total: Counter | None = None
    before: tuple[Reading, Reading | None] | None = None

    def load(self) -> float | None:
        """Return the load in percent since the last call;
        None at the first. Raises OSError.
        """
        now = (self.busy.read(), None if self.total is None else self.total.read())
        before, self.before = self.before, now
        if before is None:
            return None
        if now[1] is None or before[1] is None:
            whole = now[0].nanoseconds - before[0].nanoseconds
        else:
            whole = now[1].value - before[1].value
        part = now[0].value - before[0].value
        # A counter that ran backwards was reset: the GPU slept or its driver was
        # reloaded.
        return 100 * part / whole if whole > 0 and part >= 0 else None

    def close(self) -> None:
        """Close the engine's counters."""
        self.busy.close()
        if self.total is not None:
            self.total.close()


class IntelGpus:
    """Intel's GPUs, each with its counters kept open while figures are wanted."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._engines: dict[str, Sequence[Engine]] = {}

    def read(self, device: Device) -> Figures:
        """Return the figures of *device* since the last call. Blocks."""
        if device.address not in self._engines:
            self._engines[device.address] = list(_open_engines(self._host, device))
        try:
            loads = [(engine.name, engine.load()) for engine in self._engines[device.address]]
        except OSError:
            self.close(device.address)
            loads = []
        engines = busiest((name, load) for name, load in loads if load is not None)
        return replace(figures_of_engines(engines), frequency_mhz=_read_frequency(device.path))

    def close(self, address: str | None = None) -> None:
        """Close the counters of one GPU, or of all: a GPU with open counters can't be
        passed to a VM.
        """
        for each in [address] if address is not None else list(self._engines):
            for engine in self._engines.pop(each, ()):
                engine.close()


def _open_engines(host: Host, device: Device) -> Iterator[Engine]:
    folder = _pmu_folder(host, device)
    kind = parse_whole(read_attribute(folder / "type"), MAX_PMU_TYPE)
    if kind is None:
        return
    cpu = parse_whole(read_attribute(folder / "cpumask").partition(",")[0].partition("-")[0], 4096) or 0
    formats = {path.name: read_attribute(path) for path in _entries(folder / "format")}
    engines = (*_i915_engines(folder, kind, cpu, formats), *_xe_engines(folder, kind, cpu, formats))
    for engine in engines[MAX_ENGINES:]:
        engine.close()
    yield from engines[:MAX_ENGINES]


def _i915_engines(folder: Path, kind: int, cpu: int, formats: Mapping[str, str]) -> Iterator[Engine]:
    for path in _entries(folder / "events"):
        name = engine_of(path.name)
        config = None if name is None else parse_config(read_attribute(path), formats)
        if name is not None and config is not None:
            with suppress(OSError):
                yield Engine(name, Counter(kind, config, cpu))


def _xe_engines(folder: Path, kind: int, cpu: int, formats: Mapping[str, str]) -> Iterator[Engine]:
    active, total = (read_attribute(folder / f"events/engine-{which}-ticks") for which in ("active", "total"))
    if not active or not total:
        return
    for number, name in enumerate(XE_ENGINES):
        # Video engines have their own GT; before Meteor Lake there is only one.
        for gt, instance in product((1, 0) if "video" in name else (0,), range(MAX_INSTANCES)):
            place = {"engine_class": number, "engine_instance": instance, "gt": gt}
            yield from _xe_engine(name, kind, cpu, [parse_config(text, formats, **place) for text in (active, total)])


def _xe_engine(name: str, kind: int, cpu: int, configs: Sequence[int | None]) -> Iterator[Engine]:
    active, total = configs
    if active is None or total is None:
        return
    try:
        busy = Counter(kind, active, cpu)
    except OSError:
        return
    try:
        yield Engine(name, busy, Counter(kind, total, cpu))
    except OSError:
        busy.close()


def _pmu_folder(host: Host, device: Device) -> Path:
    sources = host.sys / "bus/event_source/devices"
    named = sources / f"{device.driver}_{device.address.replace(':', '_')}"
    # The name of i915's first GPU has no address.
    return named if named.is_dir() or device.driver != "i915" else sources / "i915"


def _read_frequency(device: Path) -> int | None:
    for pattern in _FREQUENCIES:
        for path in sorted(device.glob(pattern)):
            if (mhz := parse_whole(read_attribute(path), MAX_MHZ)) is not None:
                return mhz
    return None


def _entries(folder: Path) -> Sequence[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return ()
