"""The source of storage's details and events."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.array_writer import array, disk
from tests.support.context import Streams, context_on
from tests.support.storage import CACHE, RUNNING, STARTED, with_disk
from tests.support.waiting import until
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.details import source as module
from uma.feeds.storage.details.model import StorageDetails, StorageEvent
from uma.feeds.storage.details.source import DETAILS, STATUS, StorageDetailsSource
from uma.feeds.storage.emhttp import parse_state

READING = SmartReading("passed", 35, 100, {}, None, None, 0.0)


@pytest.fixture
def streams():
    return Streams()


class Running:
    def __init__(self, source, streams):
        self.source, self.streams = source, streams
        self.published, self.health = [], []
        self.wall, self.clock = 1_750_028_400.0, 1000.0

    @property
    def details(self):
        return [message for message in self.published if isinstance(message, StorageDetails)]

    @property
    def events(self):
        return [(e.action, e.subject, e.seq) for e in self.published if isinstance(e, StorageEvent)]

    async def see(self, status):
        looks = len(self.health)
        self.streams.put(STATUS, status)
        await until(lambda: len(self.health) > looks)


async def nothing(folder, nudge):
    await asyncio.Event().wait()


@asynccontextmanager
async def running(root, streams, **options):
    box = []
    source = StorageDetailsSource(
        context_on(root, streams), clock=lambda: box[0].clock, wall=lambda: box[0].wall, watch=nothing, **options
    )
    run = Running(source, streams)
    box.append(run)
    task = asyncio.get_running_loop().create_task(
        source.run(run.published.append, lambda status, detail: run.health.append((status, detail)))
    )
    await until(lambda: run.health)
    try:
        yield run
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_the_first_state_is_not_an_event(tmp_path, streams):
    """Before a status it is starting, which is not logged; the first one gives details and no event."""
    async with running(tmp_path, streams) as run:
        assert run.health == [("starting", "storage/status has nothing yet")]
        await run.see(STARTED)

        assert [disk.name for disk in run.details[0].disks] == ["parity", "disk1", "cache"]
        assert (run.details[0].disks[1].model, run.details[0].disks[1].serial_tail) == ("WDC WD80EFAX-68K", "1A2B")
        assert run.events == []


async def test_changes_are_events_in_order(tmp_path, streams):
    """Each change has the next number, even after a reload, which runs the same object again."""
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)
        await run.see(with_disk(spun_down=True, status="standby"))
        await run.see(replace(with_disk(spun_down=True, status="standby"), parity_check=RUNNING))

        assert run.events == [("disk_spun_down", "disk1", 1), ("parity_started", "parity", 2)]


async def test_files_that_can_not_be_read_change_nothing(tmp_path, streams):
    """An unknown state neither causes an event nor hides a change across it."""
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)
        await run.see(replace(STARTED, array_status="unknown", disks=()))
        await run.see(with_disk(health="failed"))

        assert run.events == [("health_changed", "disk1", 1)]


async def test_a_quiet_server_gets_one_message_a_heartbeat(tmp_path, streams):
    """Values that change all the time, such as time awake, wait for the heartbeat."""
    async with running(tmp_path, streams) as run:
        for seconds in (0, 10, 20, 30):
            run.wall += 10
            run.clock = 1000.0 + seconds
            await run.see(STARTED)

        assert len(run.details) == 2
        assert run.details[-1].disks[1].awake_seconds_today == 30


async def test_heartbeats_come_without_a_new_status(tmp_path, streams, monkeypatch):
    """With a STORAGE_INTERVAL of an hour the details still come: else their stream would be stale."""
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.02)
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)
        for _ in range(2):
            before = len(run.details)
            run.clock += 30
            await until(lambda before=before: len(run.details) > before)


async def test_a_run_begins_with_a_message(tmp_path, streams):
    """After a reload the stream may have none: what was published while the feed was off did not reach it."""
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)
        again = asyncio.create_task(run.source.run(run.published.append, lambda status, detail: None))
        before = len(run.details)
        await until(lambda: len(run.details) > before)
        again.cancel()
        await asyncio.wait([again])


async def test_a_clock_that_is_set_makes_no_disk_awake(tmp_path, streams):
    """A server that asks for the time after its start has not been awake since midnight for that."""
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)
        run.wall, run.clock = run.wall + 3 * 86_400, run.clock + 40
        await run.see(STARTED)

        assert run.details[-1].disks[1].awake_seconds_today == 40


async def test_half_a_file_is_not_believed(tmp_path, streams):
    """The details use the last valid state of emhttpd's files, even while disks.ini is being written."""
    folder = tmp_path / "var/local/emhttp"
    folder.mkdir(parents=True)
    texts = array(disks=[disk(used=None, fs_status="Unmountable: No file system")]).texts()
    (folder / "disks.ini").write_text(texts.disks[:50])
    streams.sources[STATUS] = SimpleNamespace(readings={}, state=parse_state(texts))
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)

        assert [disk.mount_error for disk in run.details[0].disks] == [None, "No file system", None]


async def test_the_mover_and_pools_make_events(tmp_path, streams):
    """The mover's start and end, and a pool that degrades, are events."""
    (tmp_path / "proc/spl/kstat/zfs/cache").mkdir(parents=True)
    word = tmp_path / "proc/spl/kstat/zfs/cache/state"
    word.write_text("ONLINE")
    (tmp_path / "var/run").mkdir(parents=True)
    pid = tmp_path / "var/run/mover.pid"
    (tmp_path / "proc/42").mkdir()
    (tmp_path / "proc/42/cmdline").write_text("/bin/bash\0/usr/local/sbin/mover\0")
    status = replace(STARTED, cache_disks=(replace(CACHE, filesystem="zfs"),))
    async with running(tmp_path, streams) as run:
        await run.see(status)
        pid.write_text("42")
        word.write_text("DEGRADED")
        await run.see(status)
        assert run.details[-1].mover.running
        pid.unlink()
        await run.see(status)

        assert run.events == [
            ("pool_state_changed", "cache", 1),
            ("mover_started", "mover", 2),
            ("mover_finished", "mover", 3),
        ]


async def test_smart_values_that_change_are_events(tmp_path, streams):
    """A pending sector is an event; another drive's values and a missing reading are not."""
    source = SimpleNamespace(readings={})
    streams.sources[STATUS] = source
    async with running(tmp_path, streams) as run:
        for pending in (0, 8, None, 8):
            source.readings = {} if pending is None else {"disk1": replace(READING, attributes={197: pending})}
            await run.see(STARTED)
        other = with_disk(id="ST8000_9Z9Z")
        source.readings = {"disk1": replace(READING, attributes={197: 99})}
        await run.see(other)

        assert [event for event in run.events if event[0] == "smart_attribute_changed"] == [
            ("smart_attribute_changed", "disk1", 1)
        ]
        assert run.details[-1].disks[1].watched_attributes == {"pending sectors": 99}


async def test_a_deselected_smart_attribute_is_not_watched(tmp_path, streams):
    """The user's choice of attributes holds for this message, too."""
    (tmp_path / "var/local/emhttp").mkdir(parents=True)
    (tmp_path / "var/local/emhttp/disks.ini").write_text('["disk1"]\nname="disk1"\nid="A_1"\n')
    (tmp_path / "boot/config").mkdir(parents=True)
    (tmp_path / "boot/config/smart-one.cfg").write_text('[A_1]\nsmEvents="5|197"\n')
    streams.sources[STATUS] = SimpleNamespace(readings={"disk1": replace(READING, attributes={197: 8, 199: 12})})
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)

        assert run.details[-1].disks[1].watched_attributes == {"pending sectors": 8}


async def test_rates_only_on_demand(tmp_path, streams):
    """Rates are null without demand, and known two samples after it begins."""
    (tmp_path / "proc").mkdir()
    stats = tmp_path / "proc/diskstats"
    stats.write_text("8 16 sdb 1 0 0 0 1 0 0 0 0 0 0\n")
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)
        assert run.details[-1].disks[1].read_bytes_per_sec is None

        with streams.demands[DETAILS].held():
            await until(lambda: len(run.health) > 2)
            run.clock += 5
            stats.write_text("8 16 sdb 1 0 100 0 1 0 10 0 0 0 0\n")
            await run.see(STARTED)

        assert run.details[-1].disks[1].read_bytes_per_sec == 10240
        assert run.details[-1].disks[1].write_bytes_per_sec == 1024


async def test_a_restart_keeps_the_history(tmp_path, streams):
    """Values from one run of the daemon are there in the next."""
    (tmp_path / "var/run").mkdir(parents=True)
    async with running(tmp_path, streams) as run:
        await run.see(STARTED)
    async with running(tmp_path, Streams()) as again:
        pass

    assert again.source.rings.answer("24h").temperature["disk1"] == (35,)
