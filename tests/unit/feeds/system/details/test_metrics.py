"""Metrics of the machine's details."""

from uma.feeds.system.details.metrics import METRICS
from uma.feeds.system.details.model import CpuPackage, SystemDetails

FULL = SystemDetails("2025-06-15T23:00:00Z", 1, 2, 12.5, 3, 4, 65.0, 90.0, 4200, (CpuPackage(41.0, 65.0),))
EMPTY = SystemDetails(None, None, None, None, None, None, None, None, None, (CpuPackage(41.0, None),))


def values(details):
    found = {family.name: family.values(details) for family in METRICS}
    return {
        name: value if value is None or isinstance(value, int | float) else [sample[1] for sample in value]
        for name, value in found.items()
    }


def test_units_are_base_units():
    """Percent becomes a ratio and MHz hertz; unknown values are left out."""
    assert values(FULL) == {
        "uma_swap_used_bytes": 1,
        "uma_swap_size_bytes": 2,
        "uma_log_used_ratio": 0.125,
        "uma_zfs_cache_bytes": 3,
        "uma_zfs_cache_reclaimable_bytes": 4,
        "uma_cpu_power_watts": [65.0],
        "uma_platform_power_watts": 90.0,
        "uma_cpu_frequency_hertz": 4_200_000_000,
    }
    assert set(map(str, values(EMPTY).values())) == {"None", "[None]"}
