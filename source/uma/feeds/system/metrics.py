"""The metric families of the machine."""

from collections.abc import Iterator

from uma.feeds.feed import Counter, Gauge, Sample, ratio
from uma.feeds.system.model import SystemStats

WINDOWS = ("1m", "5m", "15m")


def _cores(stats: SystemStats) -> Iterator[Sample]:
    for core, percent in enumerate(stats.cpu_cores):
        yield {"core": str(core)}, ratio(percent)


def _load(stats: SystemStats) -> Iterator[Sample]:
    for window, load in zip(WINDOWS, stats.load_average, strict=True):
        yield {"window": window}, load


METRICS = (
    Gauge("uma_cpu_usage_ratio", "Share of all CPU time in use.", lambda stats: ratio(stats.cpu_percent)),
    Gauge("uma_cpu_core_usage_ratio", "Share of each logical CPU's time in use.", _cores, labels=("core",)),
    Gauge("uma_cpu_temperature_celsius", "CPU temperature.", lambda stats: stats.cpu_temperature),
    Gauge("uma_memory_used_bytes", "Memory that is not available.", lambda stats: stats.memory_used),
    Gauge("uma_memory_size_bytes", "Size of memory.", lambda stats: stats.memory_total),
    Gauge("uma_load_average", "Load average over the window.", _load, labels=("window",)),
    Gauge("uma_uptime_seconds", "Time since the server booted.", lambda stats: stats.uptime),
    Counter(
        "uma_disks_read_bytes_total",
        "Bytes read from all physical disks since boot.",
        lambda stats: stats.disk_io.read_bytes,
    ),
    Counter(
        "uma_disks_written_bytes_total",
        "Bytes written to all physical disks since boot.",
        lambda stats: stats.disk_io.write_bytes,
    ),
    Counter(
        "uma_network_received_bytes_total",
        "Bytes received by all physical network interfaces since boot.",
        lambda stats: stats.network_io.bytes_recv,
    ),
    Counter(
        "uma_network_sent_bytes_total",
        "Bytes sent by all physical network interfaces since boot.",
        lambda stats: stats.network_io.bytes_sent,
    ),
)
