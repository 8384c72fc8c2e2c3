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
