"""Samples of a machine made of files, and of the machine that runs the tests."""

import asyncio
import itertools
import math
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.supervised import until
from tests.support.feeds import encode
from uma.errors import SourceFailed
from uma.feeds.system.model import DiskIO, NetworkIO, SystemStats
from uma.feeds.system.reader import Reader
from uma.feeds.system.source import PRIMING, SystemSource, sample_once, stats_from
from uma.host import Host
from uma.model import Message

MEMINFO = {"MemTotal": 16_000_000, "MemFree": 1_000_000, "MemAvailable": 4_000_000}
# psutil warns about missing ones.
ALSO_IN_MEMINFO = dict.fromkeys(("Buffers", "Cached", "Shmem", "Active", "Inactive", "Slab", "SReclaimable"), 1000)

ETH0 = (5_000, 7_000)


class Machine:
    """A host's /proc and /sys as files, which a test changes between two samples."""

    def __init__(self, root: Path) -> None:
        self.host = Host(root)
        self.proc = root / "proc"
        self.sys = root / "sys"
        (self.proc / "net").mkdir(parents=True)
        self.sys.mkdir()
        self.cpus({"cpu0": (0, 0), "cpu1": (0, 0)})
        self.memory()
        self.disks({})
        self.interfaces({})
        (self.proc / "uptime").write_text("86400.99 1234567.00\n")
        (self.proc / "loadavg").write_text("0.50 0.70 0.90 2/1234 56789\n")

    def cpus(self, ticks: Mapping[str, tuple[int, int]]) -> None:
        """Busy and idle ticks by processor."""
        of_all = {"cpu": (sum(busy for busy, _ in ticks.values()), sum(idle for _, idle in ticks.values()))}
        lines = [f"{name} {busy} 0 0 {idle} 0 0 0 0 0 0" for name, (busy, idle) in (of_all | dict(ticks)).items()]
        (self.proc / "stat").write_text("\n".join([*lines, "intr 1 2 3", "ctxt 4", ""]))

    def memory(self, **kib: int) -> None:
        lines = [f"{name}: {amount:>10} kB\n" for name, amount in (MEMINFO | ALSO_IN_MEMINFO | kib).items()]
        (self.proc / "meminfo").write_text("".join(lines))

    def arc(self, size: int, c_min: int) -> None:
        (self.proc / "spl/kstat/zfs").mkdir(parents=True)
        text = f"9 1 0x01 147 39984 506 103\nname type data\nc_min 4 {c_min}\nsize 4 {size}\n"
        (self.proc / "spl/kstat/zfs/arcstats").write_text(text)

    def disks(self, sectors: Mapping[str, tuple[int, int]]) -> None:
        """Sectors read and written by block device, in the kernel's 20 columns."""
        lines = [
            f"8 0 {name} 9 9 {read} 9 9 9 {written} 9 9 9 9 0 0 0 0 9 9\n" for name, (read, written) in sectors.items()
        ]
        (self.proc / "diskstats").write_text("".join(lines))

    def interfaces(self, counts: Mapping[str, tuple[int, int]]) -> None:
        """Bytes received and sent by interface."""
        lines = [
            f"{name:>6}: {received} 9 0 0 0 0 0 9 {sent} 9 0 0 0 0 0 0\n" for name, (received, sent) in counts.items()
        ]
        (self.proc / "net/dev").write_text("Inter-| Receive | Transmit\n face |bytes |bytes\n" + "".join(lines))

    def device(self, folder: str, name: str, device: str | None) -> None:
        """An entry of /sys/block or /sys/class/net; *device* is the target of real hardware's link."""
        entry = self.sys / folder / name
        entry.mkdir(parents=True)
        if device is not None:
            (entry / "device").symlink_to(device)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


class EnoughError(Exception):
    """Raised in a source's sleep when the test has seen enough."""


class Time:
    """A monotonic clock that advances only in sleep, and then performs the test's action for that sleep."""

    def __init__(self, *during: Callable[[], object]) -> None:
        self.now = 1000.0
        self.during = list(during)
        self.waits: list[float] = []
        self._passed: float | None = None

    def clock(self) -> float:
        return self.now

    def pass_only(self, seconds: float) -> None:
        """End the current wait after *seconds*, as a set event does."""
        self._passed = seconds

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        if not self.during:
            raise EnoughError
        self.waits.append(seconds)
        self._passed = seconds
        self.during.pop(0)()
        self.now += max(0.0, self._passed)


class Published(list[SystemStats]):
    """Messages that a source published."""

    def publish(self, message: Message) -> None:
        assert isinstance(message, SystemStats)
        self.append(message)


class Timed(Published):
    """Messages that a source published, and their times."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self.at: list[float] = []
        self._time = time

    def publish(self, message: Message) -> None:
        super().publish(message)
        self.at.append(self._time.now)

    @property
    def rates(self) -> list[int]:
        return [sample.network_io.bytes_recv_per_sec for sample in self]

    @property
    def totals(self) -> list[int]:
        return [sample.network_io.bytes_recv for sample in self]


def nothing() -> None:
    """Do nothing while a source sleeps."""


async def samples(machine: Machine, *during: Callable[[], object], interval: float = 5.0) -> list[SystemStats]:
    """Return the messages of a source on *machine*: the first of *during* happens while it primes, the others between
    two.
    """
    time = Time(*during)
    published = Published()
    source = SystemSource(host=machine.host, interval=interval, clock=time.clock, wait=time.wait)
    with pytest.raises(EnoughError):
        await source.run(published.publish, lambda status, detail: None)
    return published


async def test_the_first_message_is_whole_and_measured(machine: Machine) -> None:
    """The first message comes after 0.2 s, with processors and rates measured over them."""
    for folder, name in (("block", "sda"), ("class/net", "eth0")):
        machine.device(folder, name, "../../hardware")
    machine.disks({"sda": (100, 200)})
    machine.interfaces({"eth0": (1000, 2000)})

    def work() -> None:
        machine.cpus({"cpu0": (10, 10), "cpu1": (0, 20)})
        machine.disks({"sda": (110, 240)})
        machine.interfaces({"eth0": (1100, 2200)})

    assert await samples(machine, work) == [
        SystemStats(
            cpu_percent=25.0,
            memory_percent=75.0,
            memory_used=12_000_000 * 1024,
            memory_total=16_000_000 * 1024,
            uptime=86400,
            load_average=(0.5, 0.7, 0.9),
            disk_io=DiskIO(110 * 512, 240 * 512, 50 * 512, 200 * 512),
            network_io=NetworkIO(2200, 1100, 1000, 500),
            cpu_cores=(50.0, 0.0),
            cpu_temperature=None,
        )
    ]


async def test_messages_come_on_a_schedule_that_does_not_drift(machine: Machine) -> None:
    """However long a sample takes, the next one is due one interval after the last due time."""
    time = Time(*[nothing] * 5)
    published: list[float] = []

    def publish(message: Message) -> None:
        published.append(time.now)
        time.now += 0.3

    source = SystemSource(host=machine.host, interval=5.0, clock=time.clock, wait=time.wait)
    with pytest.raises(EnoughError):
        await source.run(publish, lambda status, detail: None)

    first = 1000.0 + PRIMING
    assert published == pytest.approx([first, first + 5, first + 10, first + 15, first + 20])


async def test_missed_samples_are_not_repeated(machine: Machine) -> None:
    """After 12 s without running, the source continues on its schedule without a burst."""
    time = Time(*[nothing] * 4)
    published: list[float] = []

    def publish(message: Message) -> None:
        published.append(time.now)
        time.now += 12 if len(published) == 2 else 0

    source = SystemSource(host=machine.host, interval=5.0, clock=time.clock, wait=time.wait)
    with pytest.raises(EnoughError):
        await source.run(publish, lambda status, detail: None)

    first = 1000.0 + PRIMING
    assert published == pytest.approx([first, first + 5, first + 20, first + 25])


async def test_a_changed_interval_holds_from_the_next_run_on(machine: Machine) -> None:
    """Reloaded settings change the interval, and the first message of the new run comes at once."""
    time = Time(*[nothing] * 3)
    source = SystemSource(host=machine.host, interval=3600.0, clock=time.clock, wait=time.wait)
    source.interval = 1.0
    published: list[float] = []

    with pytest.raises(EnoughError):
        await source.run(lambda message: published.append(time.now), lambda status, detail: None)

    first = 1000.0 + PRIMING
    assert published == pytest.approx([first, first + 1, first + 2])


async def test_the_source_says_that_it_is_well(machine: Machine) -> None:
    """With each message the source reports ok."""
    time = Time(nothing)
    reports: list[tuple[str, str]] = []
    source = SystemSource(host=machine.host, interval=2.5, clock=time.clock, wait=time.wait)

    with pytest.raises(EnoughError):
        await source.run(lambda message: None, lambda status, detail: reports.append((status, detail)))

    assert reports == [("ok", "every 2.5 s")]


async def test_another_interval_is_measured_separately(machine: Machine) -> None:
    """At 1 s each rate is that second's; the source's own samples stay 5 s apart, measured over 5 s."""
    machine.device("class/net", "eth0", "../../../0000:00:03.0")
    machine.interfaces({"eth0": (0, 0)})
    second = itertools.count(1)
    time = Time(nothing, *[lambda: machine.interfaces({"eth0": (1000 * next(second) ** 2, 0)})] * 10)
    own, fine = Timed(time), Timed(time)
    source = SystemSource(host=machine.host, interval=5.0, clock=time.clock, wait=time.wait)
    source.add_interval(1, fine.publish)

    with pytest.raises(EnoughError):
        await source.run(own.publish, lambda status, detail: None)

    first = 1000.0 + PRIMING
    assert own.at == pytest.approx([first, first + 5, first + 10])
    assert own.rates == [0, 5000, 15000]
    assert fine.at == pytest.approx([first + number for number in range(11)])
    assert fine.rates == [0] + [1000 * (2 * number - 1) for number in range(1, 11)]
    assert own.totals == [0, 25_000, 100_000]


async def test_a_pace_that_comes_between_two_samples_wakes_the_source(machine: Machine) -> None:
    """It is due within its interval, on the source's own schedule, and never before there is a measurement."""
    time = Time(nothing, nothing, nothing, nothing)
    own, fine = Timed(time), Timed(time)
    source = SystemSource(host=machine.host, interval=5.0, clock=time.clock, wait=time.wait)
    time.during.insert(1, lambda: (time.pass_only(2.9), source.add_interval(1, fine.publish)))

    with pytest.raises(EnoughError):
        await source.run(own.publish, lambda status, detail: None)

    first = 1000.0 + PRIMING
    assert fine.at == pytest.approx([first + 4, first + 5, first + 6])
    assert own.at == pytest.approx([first, first + 5])


async def test_a_pace_that_comes_before_the_first_sample_has_it_too(machine: Machine) -> None:
    """A client that comes in the daemon's first moment waits for no whole interval of its own."""
    time = Time(nothing, nothing, nothing)
    own, slow = Timed(time), Timed(time)
    source = SystemSource(host=machine.host, interval=5.0, clock=time.clock, wait=time.wait)
    time.during.insert(0, lambda: (time.pass_only(0.1), source.add_interval(30, slow.publish)))

    with pytest.raises(EnoughError):
        await source.run(own.publish, lambda status, detail: None)

    first = 1000.0 + PRIMING
    assert slow.at == pytest.approx([first])
    assert own.at == pytest.approx([first, first + 5, first + 10])


async def test_a_pace_that_is_dropped_costs_nothing_more(machine: Machine) -> None:
    """Without it the source is read at its own interval again."""
    time = Time(*[nothing] * 4)
    own, fine = Timed(time), Timed(time)
    source = SystemSource(host=machine.host, interval=5.0, clock=time.clock, wait=time.wait)
    source.add_interval(1, lambda message: (fine.publish(message), source.drop_interval(1)))

    with pytest.raises(EnoughError):
        await source.run(own.publish, lambda status, detail: None)

    first = 1000.0 + PRIMING
    assert fine.at == pytest.approx([first])
    assert time.waits == pytest.approx([PRIMING, 5, 5, 5])
    source.drop_interval(1)


async def test_paces_that_come_and_go_all_the_time_cost_a_reading_a_second(machine: Machine) -> None:
    """A hundred of them within a second are measured from an existing reading."""
    time = Time(nothing)
    source = SystemSource(host=machine.host, interval=5.0, clock=time.clock, wait=time.wait)
    seen: set[float] = set()

    def come_and_go() -> None:
        time.pass_only(0.05)
        # Effects of a reading, by the clock that it got.
        source.add_interval(1, lambda message: None)
        source.drop_interval(1)

    def clock() -> float:
        # A reading asks for the time in its middle, in Reader.read.
        if sys._getframe(1).f_code.co_name == "read":
            seen.add(time.now)
        return time.now

    time.during += [come_and_go] * 100
    source = SystemSource(host=machine.host, interval=5.0, clock=clock, wait=time.wait)
    with pytest.raises(EnoughError):
        await source.run(lambda message: None, lambda status, detail: None)

    assert len(time.waits) == 101
    assert 5 <= len(seen) <= 8


async def test_a_pace_outlives_a_run(machine: Machine) -> None:
    """After a reload of the settings the samples continue, measured since the new run began."""
    machine.device("class/net", "eth0", "../../../0000:00:03.0")
    machine.interfaces({"eth0": (0, 0)})
    time = Time(*[nothing] * 2)
    fine = Timed(time)
    source = SystemSource(host=machine.host, interval=5.0, clock=time.clock, wait=time.wait)
    source.add_interval(1, fine.publish)
    for _ in range(2):
        with pytest.raises(EnoughError):
            await source.run(lambda message: None, lambda status, detail: None)
        time.now += 600
        machine.interfaces({"eth0": (10**9, 0)})
        time.during += [nothing] * 2

    first = 1000.0 + PRIMING
    assert fine.at == pytest.approx([first, first + 1, first + 601 + PRIMING, first + 601 + PRIMING + 1])
    assert fine.rates == [0, 0, 0, 0]


async def test_the_source_waits_by_the_real_clock(machine: Machine) -> None:
    """With nothing injected, an added interval wakes it."""
    source = SystemSource(host=machine.host, interval=3600.0)
    own: list[Message] = []
    fine: asyncio.Queue[Message] = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(source.run(own.append, lambda status, detail: None))
        await until(lambda: bool(own))
        source.add_interval(1, fine.put_nowait)
        await asyncio.wait_for(fine.get(), 10)
        task.cancel()

    assert len(own) == 1


async def test_each_byte_of_a_disk_is_counted_once(machine: Machine) -> None:
    """Among block devices only physical disks count, whatever layers pass the same bytes."""
    hardware = {
        "sda": "../../../0:0:0:0",
        "sdb": "../../../1:0:0:0",
        "nvme0n1": "../../nvme0",
        "nvme1n1": "../../nvme-subsys1",  # a head
        "nvme1c1n1": "../../nvme1",  # its path
        "sr0": "../../../2:0:0:0",
        "mmcblk0": "../../mmc0:0001",
        "mmcblk0boot0": "../../mmc0:0001",
    }
    for name in hardware.keys() | {"md1p1", "dm-0", "loop0", "loop2", "zram0", "ram0"}:
        machine.device("block", name, hardware.get(name))
    machine.disks(
        {
            "sda": (1, 10),
            "sda1": (50000, 50000),
            "sdb": (2, 20),
            "sdb1": (50000, 50000),
            "nvme0n1": (4, 40),
            "nvme0n1p1": (50000, 50000),
            "nvme1n1": (8, 80),
            "nvme1c1n1": (8, 80),
            "mmcblk0": (16, 160),
            "mmcblk0boot0": (50000, 50000),
            "md1p1": (50000, 50000),
            "dm-0": (50000, 50000),
            "loop0": (50000, 50000),
            "loop2": (50000, 50000),
            "zram0": (50000, 50000),
            "ram0": (50000, 50000),
            "sr0": (50000, 50000),
        }
    )

    [sample] = await samples(machine, nothing)

    assert sample.disk_io == DiskIO(31 * 512, 310 * 512, 0, 0)


async def test_each_byte_of_the_network_is_counted_once(machine: Machine) -> None:
    """Among interfaces only cards count: two of a bond under a bridge, with a VLAN, containers and tunnels."""
    cards = {"eth0": "../../../0000:00:03.0", "eth1": "../../../virtio2"}
    virtual = ("lo", "bond0", "br0", "br0.20", "eth0.10", "docker0", "veth1a2b3c", "virbr0", "tun0", "wg0", "shim-br0")
    for name in (*cards, *virtual):
        machine.device("class/net", name, cards.get(name))
    machine.interfaces({"eth0": (1, 10), "eth1": (2, 20)} | dict.fromkeys(virtual, (50000, 50000)))

    [sample] = await samples(machine, nothing)

    assert sample.network_io == NetworkIO(bytes_sent=30, bytes_recv=3, bytes_sent_per_sec=0, bytes_recv_per_sec=0)


async def test_sums_go_on_through_resets_and_pulled_disks(machine: Machine) -> None:
    """A card that restarts its count, or a disk that is pulled and plugged in, never makes a sum run backwards."""
    machine.device("block", "sda", "../../../0:0:0:0")
    machine.device("block", "sdb", "../../../1:0:0:0")
    machine.device("class/net", "eth0", "../../../0000:00:03.0")
    machine.disks({"sda": (100, 0), "sdb": (1000, 0)})
    machine.interfaces({"eth0": ETH0})

    def restart_card() -> None:
        machine.interfaces({"eth0": (60, 80)})

    def pull() -> None:
        (machine.sys / "block/sdb/device").unlink()
        (machine.sys / "block/sdb").rmdir()
        machine.disks({"sda": (100, 0)})

    def plug_in() -> None:
        machine.device("block", "sdb", "../../../1:0:0:0")
        machine.disks({"sda": (101, 0), "sdb": (5, 0)})

    published = await samples(machine, nothing, restart_card, pull, plug_in)

    assert [sample.network_io.bytes_recv for sample in published] == [5000, 5060, 5060, 5060]
    assert [sample.network_io.bytes_sent for sample in published] == [7000, 7080, 7080, 7080]
    assert [sample.disk_io.read_bytes for sample in published] == [n * 512 for n in (1100, 1100, 1100, 1106)]


async def test_sums_go_on_when_the_source_is_started_again(machine: Machine) -> None:
    """A restarted source keeps its counts."""
    machine.device("class/net", "eth0", "../../../0000:00:03.0")
    machine.interfaces({"eth0": ETH0})
    stat = (machine.proc / "stat").read_text()
    time = Time(nothing, lambda: (machine.proc / "stat").write_text(""), nothing)
    source = SystemSource(host=machine.host, clock=time.clock, wait=time.wait)
    published = Published()
    with pytest.raises(SourceFailed):
        await source.run(published.publish, lambda status, detail: None)

    (machine.proc / "stat").write_text(stat)
    machine.interfaces({"eth0": (60, 80)})
    with pytest.raises(EnoughError):
        await source.run(published.publish, lambda status, detail: None)

    assert [sample.network_io.bytes_recv for sample in published] == [5000, 5060]


async def test_rates_are_whole_bytes_of_a_second(machine: Machine) -> None:
    """A rate is what moved since the last message by the monotonic time that passed, as a whole number."""
    machine.device("class/net", "eth0", "../../../0000:00:03.0")
    machine.interfaces({"eth0": (0, 0)})

    *_, last = await samples(machine, nothing, lambda: machine.interfaces({"eth0": (1001, 10)}), interval=3.0)

    assert (last.network_io.bytes_recv_per_sec, last.network_io.bytes_sent_per_sec) == (334, 3)
    assert isinstance(last.network_io.bytes_recv_per_sec, int)


async def test_a_processor_that_goes_offline_leaves_the_others_right(machine: Machine) -> None:
    """The others' numbers stay right; one that comes back is left out until it can be compared."""
    machine.cpus({"cpu0": (0, 0), "cpu1": (0, 0), "cpu2": (0, 0)})

    published = await samples(
        machine,
        lambda: machine.cpus({"cpu0": (10, 10), "cpu1": (0, 20), "cpu2": (20, 0)}),
        lambda: machine.cpus({"cpu0": (20, 20), "cpu2": (40, 0)}),
        lambda: machine.cpus({"cpu0": (20, 40), "cpu1": (900, 900), "cpu2": (40, 20)}),
        lambda: machine.cpus({"cpu0": (20, 60), "cpu1": (920, 900), "cpu2": (60, 20)}),
    )

    assert [sample.cpu_cores for sample in published] == [
        (50.0, 0.0, 100.0),
        (50.0, 100.0),
        (0.0, 0.0),
        (0.0, 100.0, 100.0),
    ]
    assert all(0 <= sample.cpu_percent <= 100 for sample in published)


@pytest.mark.parametrize(
    ("available", "arc", "used_kib", "percent"),
    [
        pytest.param(4_000_000, None, 12_000_000, 75.0, id="no ZFS"),
        pytest.param(4_000_000, (5_000_000, 1_000_000), 8_000_000, 50.0, id="ZFS above its minimum"),
        pytest.param(4_000_000, (900_000, 1_000_000), 12_000_000, 75.0, id="ZFS below its minimum"),
        pytest.param(15_000_000, (5_000_000, 1_000_000), 0, 0.0, id="more given back than there is"),
    ],
)
async def test_used_memory_is_the_memory_that_is_not_available(
    machine: Machine, available: int, arc: tuple[int, int] | None, used_kib: int, percent: float
) -> None:
    """Used is total - available, where ZFS's cache above its minimum is available; the percentage uses the
    same pair.
    """
    machine.memory(MemAvailable=available)
    if arc is not None:
        machine.arc(arc[0] * 1024, arc[1] * 1024)

    [sample] = await samples(machine, nothing)

    assert (sample.memory_used, sample.memory_percent) == (used_kib * 1024, percent)
    assert sample.memory_total == 16_000_000 * 1024


@pytest.mark.timeout(10)
async def test_the_temperature_is_the_processors_and_no_drive_is_asked(machine: Machine) -> None:
    """The processor's sensor is read; a drive's would never answer in this test."""
    for number, (name, label) in enumerate((("drivetemp", ""), ("nvme", "Composite"), ("k10temp", "Tctl"))):
        chip = machine.sys / f"class/hwmon/hwmon{number}"
        chip.mkdir(parents=True)
        (chip / "name").write_text(name)
        (chip / "temp1_label").write_text(label)
        if name == "k10temp":
            (chip / "temp1_input").write_text("48625\n")
        else:
            os.mkfifo(chip / "temp1_input")

    assert [sample.cpu_temperature for sample in await samples(machine, nothing, nothing)] == [48.6, 48.6]


@pytest.mark.parametrize("name", ["diskstats", "net/dev", "uptime", "loadavg"])
@pytest.mark.parametrize("damage", ["gone", "empty", "folder", "words", "noise"])
async def test_missing_files_in_a_container_are_zero(machine: Machine, name: str, damage: str) -> None:
    """Without traffic, uptime or load the message has zeros in their place, and the rest stays."""
    machine.device("block", "sda", "../../../0:0:0:0")
    machine.device("class/net", "eth0", "../../../0000:00:03.0")
    machine.disks({"sda": (1, 2)})
    machine.interfaces({"eth0": ETH0})
    path = machine.proc / name
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "gone":
        path.write_bytes({"empty": b"", "words": b"a\nb\nc d\n" * 4, "noise": bytes(range(256)) * 40}[damage])

    [sample] = await samples(machine, nothing)

    assert sample.disk_io == (DiskIO(0, 0, 0, 0) if name == "diskstats" else DiskIO(512, 1024, 0, 0))
    assert sample.network_io == (NetworkIO(0, 0, 0, 0) if name == "net/dev" else NetworkIO(7000, 5000, 0, 0))
    assert sample.uptime == (0 if name == "uptime" else 86400)
    assert sample.load_average == ((0.0, 0.0, 0.0) if name == "loadavg" else (0.5, 0.7, 0.9))


async def test_a_tree_without_disk_counters_does_not_borrow_the_running_machines(machine: Machine) -> None:
    """Below another root the disks have that host's numbers or none."""
    for entry in Path("/sys/block").iterdir():
        machine.device("block", entry.name, "../../../0:0:0:0")
    (machine.proc / "diskstats").unlink()

    [sample] = await samples(machine, nothing)

    assert sample.disk_io == DiskIO(0, 0, 0, 0)


@pytest.mark.parametrize("name", ["stat", "meminfo"])
@pytest.mark.parametrize(
    "text", [None, "", "\n", "cpu x y z w\n", "cpu 1 2\n", "MemTotal:\n", "MemTotal: 0 kB\nMemFree: 0 kB\n"]
)
async def test_without_processors_or_memory_the_source_fails_and_names_the_file(
    machine: Machine, name: str, text: str | None
) -> None:
    """A sample without them would be wrong: health names the file."""
    if text is None:
        (machine.proc / name).unlink()
    else:
        (machine.proc / name).write_text(text + "".join(f"{name}: 0 kB\n" for name in ALSO_IN_MEMINFO if "Mem" in text))

    with pytest.raises(SourceFailed, match=f"{machine.proc}/{name} is unusable: "):
        await samples(machine, nothing)


@given(
    damage=st.dictionaries(
        st.sampled_from(["stat", "meminfo", "diskstats", "net/dev", "uptime", "loadavg"]),
        st.integers(0, 300) | st.binary(max_size=200),
    )
)
@pytest.mark.filterwarnings("ignore:.*memory stats couldn't be determined:RuntimeWarning")
def test_a_file_cut_short_or_full_of_noise_gives_a_sound_sample_or_a_failed_source(
    damage: dict[str, int | bytes],
) -> None:
    """Whatever the kernel's files contain, the result is a message with finite numbers or SourceFailed."""
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        machine.device("block", "sda", "../../../0:0:0:0")
        machine.device("class/net", "eth0", "../../../0000:00:03.0")
        machine.disks({"sda": (1, 2)})
        machine.interfaces({"eth0": ETH0})
        for name, cut_or_noise in damage.items():
            path = machine.proc / name
            path.write_bytes(cut_or_noise if isinstance(cut_or_noise, bytes) else path.read_bytes()[:cut_or_noise])
        reader = Reader(machine.host, lambda: 1.0)
        try:
            sample = stats_from(reader.read(), reader.read())
        except SourceFailed:
            return

    assert b"null" not in encode(sample, 0).replace(b'"cpu_temperature":null', b"")
    assert 0 <= sample.memory_percent <= 100


def test_with_eight_processors_the_message_has_at_most_700_bytes() -> None:
    """Even with every number at its longest after years, the message keeps its size."""
    petabyte, ten_gigabit = 999_999_999_999_999, 1_250_000_000
    stats = SystemStats(
        cpu_percent=100.0,
        memory_percent=100.0,
        memory_used=2_199_023_255_552,
        memory_total=2_199_023_255_552,
        uptime=999_999_999,
        load_average=(1000.25, 1000.25, 1000.25),
        disk_io=DiskIO(petabyte, petabyte, 10 * ten_gigabit, 10 * ten_gigabit),
        network_io=NetworkIO(petabyte, petabyte, ten_gigabit, ten_gigabit),
        cpu_cores=(100.0,) * 8,
        cpu_temperature=100.1,
    )

    assert len(encode(stats, 1_750_028_400)) <= 700


def test_percents_and_the_temperature_have_one_decimal(machine: Machine) -> None:
    """No number has meaningless digits."""
    reader = Reader(machine.host, lambda: 1.0)
    before = reader.read()
    machine.cpus({"cpu0": (1, 2), "cpu1": (1, 5)})
    machine.memory(MemAvailable=3_333_333)
    stats = stats_from(before, reader.read())

    assert (stats.cpu_percent, stats.memory_percent, stats.cpu_cores) == (22.2, 79.2, (33.3, 16.7))


def test_the_running_machines_numbers_are_the_kernels(tmp_path: Path) -> None:
    """A sample of this machine agrees with its /proc right before and after."""

    def read_bytes() -> int:
        rows = [line.split() for line in Path("/proc/diskstats").read_text().splitlines()]
        physical = [row for row in rows if Path("/sys/block", row[2], "device").exists() and "nvme" not in row[2]]
        return sum(int(row[5]) * 512 for row in physical if not row[2].startswith("sr"))

    def received() -> int:
        rows = [line.split(":") for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
        return sum(int(row[1].split()[0]) for row in rows if Path("/sys/class/net", row[0].strip(), "device").exists())

    def uptime() -> float:
        return float(Path("/proc/uptime").read_text().split()[0])

    before = (read_bytes(), received(), int(uptime()))
    stats = sample_once(Host())
    after = (read_bytes(), received(), int(uptime()))

    meminfo = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    assert stats.memory_total == int(meminfo["MemTotal"].split()[0]) * 1024
    assert 0 < stats.memory_used < stats.memory_total
    assert stats.memory_percent == pytest.approx(100 * stats.memory_used / stats.memory_total, abs=0.05)
    assert len(stats.cpu_cores) == os.sysconf("SC_NPROCESSORS_ONLN")
    assert all(0 <= percent <= 100 for percent in (stats.cpu_percent, *stats.cpu_cores))
    assert before[2] <= stats.uptime <= after[2]
    assert before[1] <= stats.network_io.bytes_recv <= after[1]
    if not list(Path("/sys/block").glob("nvme*")):
        assert before[0] <= stats.disk_io.read_bytes <= after[0]
    assert all(math.isfinite(load) and load >= 0 for load in stats.load_average)
