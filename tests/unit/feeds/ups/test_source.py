"""Messages of both watchers, and their reports."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.support.waiting import until
from uma.feeds.feed import Context, Demand
from uma.feeds.ups.parse_nut import NO_OVERRIDES, ups_from_variables
from uma.feeds.ups.source import UpsSource, status_from
from uma.feeds.ups.watching import TIMING, Clocks, Watched
from uma.host import Host


def ups(status="OL", read_at="2026-11-29T16:15:26Z"):
    return ups_from_variables("ups", {"ups.status": status}, NO_OVERRIDES, read_at=read_at, on_battery_since=None)


@pytest.mark.parametrize(
    ("services", "service"),
    [
        (("running", "disabled"), "running"),
        (("disabled", "running"), "running"),
        (("disabled", "stopped"), "stopped"),
        (("disabled", "absent"), "disabled"),
        (("absent", "absent"), "absent"),
    ],
)
def test_one_word_for_two_programs(services, service):
    """The more informative state counts: a NUT that runs beside a disabled apcupsd is running."""
    assert status_from(tuple(map(Watched, services))).service == service


def test_both_programs_upses_are_listed():
    """A server may have one of each."""
    watched = (Watched("running", upses=(ups(),)), Watched("running", upses=(ups(), ups())))

    assert len(status_from(watched).ups) == 3


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@asynccontextmanager
async def running(tmp_path, monkeypatch, timing=TIMING):
    """The source without watchers: the test sets their states."""

    started = []

    async def idle(self):
        started.append(self)
        await asyncio.Event().wait()

    monkeypatch.setattr("uma.feeds.ups.source.ApcupsdWatcher.run", idle)
    monkeypatch.setattr("uma.feeds.ups.source.NutWatcher.run", idle)
    clock = Clock()
    context = Context(Host(tmp_path), None, lambda name: Demand(), lambda name: None)
    source = UpsSource(context, clocks=Clocks(monotonic=clock), timing=timing)
    published, reports = [], []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(source.run(published.append, lambda *report: reports.append(report)), name="source")
        await until(lambda: len(started) == 2)
        yield source, clock, published, reports
        task.cancel()


async def changed(source):
    source._changed.set()
    for _ in range(5):
        await asyncio.sleep(0)


async def test_nothing_is_published_before_both_are_known(tmp_path, monkeypatch):
    """So no client reads "absent" before both programs were looked at."""
    async with running(tmp_path, monkeypatch) as (source, _, published, reports):
        source._apcupsd.state.service = "absent"
        await changed(source)
        assert published == reports == []
        source._nut.state.service = "absent"
        await changed(source)
        assert [message.service for message in published] == ["absent"]
        assert reports == [("unavailable", "neither apcupsd nor NUT is installed")]


async def test_only_news_is_published(tmp_path, monkeypatch):
    """A later time of reading is not a change; a heartbeat carries it."""
    async with running(tmp_path, monkeypatch) as (source, clock, published, _):
        source._apcupsd.state.service = "absent"
        state = source._nut.state
        state.service, state.is_answered, state.upses = "running", True, (ups(),)
        await changed(source)
        state.upses = (ups(read_at="2026-11-29T16:15:36Z"),)
        await changed(source)
        assert len(published) == 1
        state.upses = (ups("OB"),)
        await changed(source)
        assert [message.ups[0].status for message in published] == ["online", "on_battery"]
        clock.now += 30
        await changed(source)
        assert len(published) == 3


async def test_trouble_is_reported(tmp_path, monkeypatch):
    """A running daemon that does not answer is a failure; one that is off is not."""
    async with running(tmp_path, monkeypatch) as (source, _, _, reports):
        source._apcupsd.state.service = "disabled"
        state = source._nut.state
        state.service, state.is_answered, state.place = "running", True, "upsd at x:1"
        await changed(source)
        state.trouble = "refused"
        await changed(source)
        await until(lambda: reports[-1][0] == "failed")

    assert (reports[0], reports[-1]) == (("ok", "upsd at x:1"), ("failed", "upsd at x:1: refused"))


async def test_without_a_watch_left_it_looks_often(tmp_path, monkeypatch, capsys):
    """Containers may have taken all 128 inotify instances: one log line, and the feed still works."""
    looks = []

    async def no_watch(nudges):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("uma.feeds.ups.source.watch_files", no_watch)
    monkeypatch.setattr("uma.feeds.ups.source.ApcupsdWatcher.miss", lambda self: looks.append("apcupsd"))
    monkeypatch.setattr("uma.feeds.ups.source.NutWatcher.miss", lambda self: looks.append("nut"))
    async with running(tmp_path, monkeypatch, timing=replace(TIMING, rewatch=0.01)):
        await until(lambda: looks.count("apcupsd") > 2 and looks.count("nut") > 2)

    assert capsys.readouterr().out.count("UPS files not watched") == 1
