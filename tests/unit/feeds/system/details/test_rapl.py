"""Power from energy counters."""

import pytest

from uma.feeds.system.details.rapl import Energy, Power, read_energy, watts_between
from uma.host import Host

RANGE = 262_143_328_850


def zone(root, folder, name, energy, wraps_at=str(RANGE)):
    path = root / "sys/class/powercap" / folder
    path.mkdir(parents=True)
    (path / "name").write_text(f"{name}\n")
    (path / "energy_uj").write_text(f"{energy}\n")
    (path / "max_energy_range_uj").write_text(f"{wraps_at}\n")


def test_only_packages_and_the_platform_count(tmp_path):
    """Children, the repeated mmio zone and damaged counters are left out."""
    zone(tmp_path, "intel-rapl:0", "package-0", 1000)
    zone(tmp_path, "intel-rapl:0:0", "core", 500)
    zone(tmp_path, "intel-rapl:1", "psys", 3000)
    zone(tmp_path, "intel-rapl:2", "package-1", "x")
    zone(tmp_path, "intel-rapl-mmio:0", "package-0", 1000)
    zone(tmp_path, "dtpm", "package-9", 1)

    assert read_energy(Host(tmp_path)) == {"package-0": Energy(1000, RANGE), "psys": Energy(3000, RANGE)}


@pytest.mark.parametrize(
    ("before", "now", "seconds", "watts"),
    [
        (0, 325_000_000, 5, {"p": 65.0}),
        (RANGE - 100_000_000, 225_000_000, 5, {"p": 65.0}),
        (5_000_000_000, 1, 5, {}),
        (0, 1, 61, {}),
        (0, 1, 0, {}),
    ],
)
def test_watts(before, now, seconds, watts):
    """Energy over time is power; a wrap is added, a reset or too long a time gives none."""
    assert watts_between({"p": Energy(before, RANGE)}, {"p": Energy(now, RANGE)}, seconds) == watts


def test_packages_are_summed_and_the_platform_is_apart():
    """Two packages make one sum; psys, which contains them, is not in it."""
    power = Power()
    power.note({name: Energy(0, RANGE) for name in ("package-0", "package-1", "psys")}, 10.0)
    assert (power.total, power.watts) == (None, {})

    power.note(
        {"package-0": Energy(50_000_000, RANGE), "package-1": Energy(25_000_000, RANGE), "psys": Energy(10**8, RANGE)},
        15.0,
    )

    assert (power.total, power.watts["psys"]) == (15.0, 20.0)
