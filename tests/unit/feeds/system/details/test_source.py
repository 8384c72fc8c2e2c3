"""The source of the machine's details."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.support.context import Streams, context_on
from tests.support.messages import stats
from tests.support.waiting import until
from uma.feeds.system.details.rapl import Power
from uma.feeds.system.details.source import (
    DETAILS,
    STATS,
    SystemDetailsSource,
    details_from,
    find_files,
    read_machine,
    read_used_percent,
)
from uma.host import Host


@pytest.fixture
def host(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text("btime 1750028400\n")
    (tmp_path / "proc/meminfo").write_text("SwapTotal: 4 kB\nSwapFree: 3 kB\n")
    (tmp_path / "var/log").mkdir(parents=True)
    chip = tmp_path / "sys/class/hwmon/hwmon0"
    chip.mkdir(parents=True)
    (chip / "name").write_text("coretemp\n")
    (chip / "temp1_label").write_text("Package id 0\n")
    (chip / "temp1_input").write_text("41000\n")
    cpufreq = tmp_path / "sys/devices/system/cpu/cpu0/cpufreq"
    cpufreq.mkdir(parents=True)
    (cpufreq / "scaling_cur_freq").write_text("3500000\n")
    return Host(tmp_path)


def test_one_look(host):
    """Each figure comes from its file; a missing file gives null."""
    details = details_from(read_machine(host, *find_files(host)), Power())

    assert (details.booted_at, details.swap_used_bytes, details.swap_total_bytes) == (
        "2025-06-15T23:00:00Z",
        1024,
        4096,
    )
    assert (details.cpu_frequency_mhz, details.cpu_power_watts, details.zfs_arc_bytes) == (3500, None, None)
    assert [package.temperature for package in details.cpu_packages] == [41.0]
    assert 0 <= details.log_used_percent <= 100


def chip(root, number, device, labels):
    """A processor's chip, with a link in class/hwmon as in the kernel."""
    folder = root / f"sys/devices/{device}/hwmon/hwmon{number}"
    folder.mkdir(parents=True)
    (root / "sys/class/hwmon").mkdir(parents=True, exist_ok=True)
    (root / f"sys/class/hwmon/hwmon{number}").symlink_to(folder)
    (folder / "name").write_text("coretemp\n" if "coretemp" in device else "k10temp\n")
    for index, (label, celsius) in enumerate(labels, 1):
        (folder / f"temp{index}_label").write_text(f"{label}\n")
        (folder / f"temp{index}_input").write_text(f"{celsius * 1000}\n")


@pytest.mark.parametrize(
    ("chips", "packages"),
    [
        pytest.param(
            [
                (9, "platform/coretemp.0", [("Package id 0", 40), ("Core 0", 41)]),
                (10, "platform/coretemp.1", [("Package id 1", 70)]),
            ],
            [(40.0, 30.0), (70.0, 90.0)],
            id="hwmon10 is the second",
        ),
        pytest.param(
            [(3, "platform/coretemp.0", [("Core 0", 41), ("Core 1", 45), ("Core 2", 44), ("Core 3", 40)])],
            [(45.0, 30.0), (None, 90.0)],
            id="an old processor has cores only",
        ),
        pytest.param(
            [(10, "pci0000:00/0000:00:18.3", [("Tctl", 50)]), (2, "pci0000:00/0000:00:19.3", [("Tctl", 60)])],
            [(50.0, 30.0), (60.0, 90.0)],
            id="AMD's are in the order of their places",
        ),
        pytest.param(
            [(1, "platform/coretemp.1", [("Package id 1", 70)])],
            [(None, 30.0), (70.0, 90.0)],
            id="the first has no sensor",
        ),
    ],
)
def test_a_packages_temperature_and_power_are_of_the_same_package(tmp_path, chips, packages):
    """Each package has one entry, whatever the order of chips and counters."""
    for each in chips:
        chip(tmp_path, *each)
    power = Power(watts={"package-1": 90.0, "package-0-die-0": 10.0, "package-0-die-1": 20.0, "psys": 200.0})

    details = details_from(read_machine(Host(tmp_path), *find_files(Host(tmp_path))), power)

    assert [(each.temperature, each.power_watts) for each in details.cpu_packages] == packages
    assert (details.cpu_power_watts, details.platform_power_watts) == (120.0, 200.0)


def test_a_folder_that_is_not_there(tmp_path):
    """A file system that can't be read has no usage."""
    assert read_used_percent(tmp_path / "missing") is None


@asynccontextmanager
async def running(host, streams):
    now, published, health = [1000.0], [], []
    source = SystemDetailsSource(context_on(host.root, streams), clock=lambda: now[0])
    task = asyncio.get_running_loop().create_task(source.run(published.append, lambda *said: health.append(said)))
    await until(lambda: published)
    try:
        yield now, published
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_it_follows_stats_only_on_demand(host):
    """With demand at each sample, else every 30 s; the first one comes at once."""
    streams = Streams()
    async with running(host, streams) as (now, published):
        for _ in range(5):
            now[0] += 5
            streams.put(STATS, stats())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert len(published) == 1

        now[0] += 5
        streams.put(STATS, stats())
        await until(lambda: len(published) == 2)

        with streams.demands[DETAILS].held():
            now[0] += 5
            streams.put(STATS, stats())
            await until(lambda: len(published) == 3)


async def test_a_sensor_whose_module_loads_late_is_found(tmp_path):
    """Without a sensor it looks again after a minute."""
    streams = Streams()
    (tmp_path / "proc").mkdir()
    async with running(Host(tmp_path), streams) as (now, published):
        chip(tmp_path, 1, "platform/coretemp.0", [("Package id 0", 41)])
        with streams.demands[DETAILS].held():
            for _ in range(3):
                now[0] += 31
                seen = len(published)
                streams.put(STATS, stats())
                await until(lambda seen=seen: len(published) > seen)

        assert [package.temperature for package in published[-1].cpu_packages] == [41.0]
        assert published[0].cpu_packages == ()
