"""Messages about links, and their times. The clock is the test's."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest

from tests.support.waiting import settled, until
from uma.errors import SourceFailed
from uma.feeds.blocking import BlockingReads
from uma.feeds.feed import Context, Demand
from uma.feeds.network.source import NetworkSource
from uma.host import Host

from .trees import add_link

NET_DEV = "h\nh\n  eth0: {recv} 1 1 9 0 0 0 0 {sent} 1 4 5 0 0 0 0\n"


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Running:
    def __init__(self, root):
        self.root, self.clock, self.demand = root, Clock(), Demand()
        (root / "proc/net").mkdir(parents=True)
        self.count(0, 0)
        context = Context(Host(root), None, lambda name: self.demand, lambda name: None)
        self.source = NetworkSource(context, clock=self.clock)
        self.published, self.reports = [], []

    def count(self, recv, sent):
        (self.root / "proc/net/dev").write_text(NET_DEV.format(recv=recv, sent=sent))

    async def after(self, seconds):
        """Let time pass; return the messages since."""
        before = len(self.published)
        self.clock.now += seconds
        source = self.source
        source._wake.set()
        await settled(lambda: source._wake.is_set() or source._reads.is_stuck)
        return self.published[before:]


@asynccontextmanager
async def running(root):
    made = Running(root)
    async with asyncio.TaskGroup() as tasks:
        run = made.source.run(made.published.append, lambda *report: made.reports.append(report))
        task = tasks.create_task(run, name="source")
        yield made
        task.cancel()


async def test_at_once_and_every_30_s(tmp_path):
    """Counters come with each message; drops are those that the webGUI counts."""
    add_link(tmp_path, "eth0", device=True, speed="1000", duplex="full", statistics__rx_dropped="2")
    async with running(tmp_path) as made:
        await until(lambda: made.published)
        (eth0,) = made.published[0].interfaces
        assert (eth0.bytes_sent, eth0.errors_recv, eth0.errors_sent, eth0.drops_sent, eth0.drops_recv) == (
            0,
            1,
            4,
            5,
            2,
        )
        assert (eth0.bytes_sent_per_sec, eth0.bytes_recv_per_sec) == (None, None)
        assert await made.after(29) == []
        assert len(await made.after(1)) == 1
        assert made.reports == [("ok", f"reading {tmp_path}/sys/class/net")]


async def test_rates_on_demand(tmp_path):
    """The first rate comes within two seconds, then every 5 s; none after demand has ended."""
    add_link(tmp_path, "eth0", device=True)
    async with running(tmp_path) as made:
        await until(lambda: made.published)
        made.demand.hold()
        await made.after(0)
        made.count(1000, 500)
        (first,) = await made.after(1)
        assert (first.interfaces[0].bytes_recv_per_sec, first.interfaces[0].bytes_sent_per_sec) == (1000, 500)
        assert await made.after(4) == []
        made.count(1000, 1000)
        (second,) = await made.after(1)
        assert (second.interfaces[0].bytes_recv_per_sec, second.interfaces[0].bytes_sent_per_sec) == (0, 100)
        made.demand.release()
        (third,) = await made.after(30)
        assert third.interfaces[0].bytes_recv_per_sec is None


async def test_a_change_is_published_at_once(tmp_path):
    """Netlink's nudge reads the links again."""
    folder = add_link(tmp_path, "eth0", device=True, speed="1000")
    async with running(tmp_path) as made:
        await until(lambda: made.published)
        (folder / "carrier").write_text("0\n")
        (folder / "operstate").write_text("down\n")
        made.source._change()
        await until(lambda: len(made.published) == 2)
        assert (made.published[1].interfaces[0].state, made.published[1].interfaces[0].speed_mbps) == (
            "no_carrier",
            None,
        )


async def test_links_that_can_not_be_read(tmp_path, monkeypatch):
    """A driver that hangs fails the source at first; later the last state is kept, and counters continue."""
    free = threading.Event()
    monkeypatch.setattr("uma.feeds.network.source.read_links", lambda *_: free.wait() and ())
    made = Running(tmp_path)
    made.source._reads = BlockingReads("x", seconds=0.05)
    try:
        with pytest.raises(SourceFailed, match="can't be read"):
            await made.source.run(made.published.append, lambda *report: None)
    finally:
        free.set()


async def test_a_proc_without_counters(tmp_path):
    """Links are still reported; counters are None, never 0."""
    add_link(tmp_path, "eth0", device=True)
    async with running(tmp_path) as made:
        (tmp_path / "proc/net/dev").unlink()
        (message,) = await made.after(30) or made.published[-1:]
        assert {getattr(message.interfaces[0], name) for name in ("bytes_sent", "errors_recv", "drops_recv")} == {None}
