"""Metrics of the machine's details."""

from collections.abc import Iterator

from uma.feeds.feed import Gauge, Sample, ratio
from uma.feeds.system.details.model import SystemDetails


def _packages(details: SystemDetails) -> Iterator[Sample]:
    for number, package in enumerate(details.cpu_packages):
        yield {"package": str(number)}, package.power_watts


METRICS = (
    Gauge("uma_swap_used_bytes", "Swap in use.", lambda details: details.swap_used_bytes),
    Gauge("uma_swap_size_bytes", "Size of swap.", lambda details: details.swap_total_bytes),
    Gauge("uma_log_used_ratio", "Share of /var/log in use.", lambda details: ratio(details.log_used_percent)),
    Gauge("uma_zfs_cache_bytes", "Memory that ZFS's cache holds.", lambda details: details.zfs_arc_bytes),
    Gauge(
        "uma_zfs_cache_reclaimable_bytes",
        "Memory that ZFS's cache gives back when asked.",
        lambda details: details.zfs_arc_reclaimable_bytes,
    ),
    Gauge("uma_cpu_power_watts", "Power of a processor package.", _packages),
    Gauge("uma_platform_power_watts", "Power of the whole board.", lambda details: details.platform_power_watts),
    Gauge(
        "uma_cpu_frequency_hertz",
        "Highest frequency of any CPU.",
        lambda details: None if details.cpu_frequency_mhz is None else details.cpu_frequency_mhz * 1_000_000,
    ),
)
