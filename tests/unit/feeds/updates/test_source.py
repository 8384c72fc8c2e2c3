"""The source of updates on real files."""

from types import SimpleNamespace

import pytest

from tests.supervised import supervised, until
from tests.support.updates import find, install, release, result
from uma.feeds.feed import Context, Demand
from uma.feeds.updates import source as module
from uma.feeds.updates.source import UpdatesSource
from uma.host import Host


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 3600.0)
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.01)
    release(tmp_path, "7.3.2")

    def build(containers=None, listeners=None):
        newest = {"docker/containers": containers}.get
        called = {"docker/containers": set() if listeners is None else listeners}
        return UpdatesSource(Context(Host(tmp_path), None, lambda name: Demand(), newest, called.__getitem__))

    return build


def story(observed) -> list:
    return [
        (status.os.status, [(plugin.name, plugin.status) for plugin in status.plugins]) for status in observed.published
    ]


async def test_checks_are_noticed(make, tmp_path):
    """A check, an installation and a removal are published at once, even if the folders were missing at first."""
    async with supervised(make()) as observed:
        await observed.until_published(1)
        install(tmp_path, "uma", "1")
        await until(lambda: story(observed)[-1] == ("unknown", [("uma", "unknown")]))
        find(tmp_path, "uma", "2")
        await until(lambda: story(observed)[-1] == ("unknown", [("uma", "available")]))
        result(tmp_path, {"version": "7.3.4", "isNewer": True})
        await until(lambda: story(observed)[-1] == ("available", [("uma", "available")]))
        (tmp_path / "var/log/plugins/uma.plg").unlink()
        await until(lambda: story(observed)[-1] == ("available", []))

    assert story(observed)[0] == ("unknown", [])
    assert observed.board.history == ["ok"]


async def test_containers_come_from_their_own_feed(make):
    """The containers' feed reads the same file, and knows the existing containers."""
    containers = SimpleNamespace(containers=[SimpleNamespace(update=word) for word in ("available", "unknown")])
    async with supervised(make(containers)) as observed:
        await observed.until_published(1)

    assert observed.published[0].containers_available == 1


async def test_containers_that_are_known_later(make):
    """They are counted when their feed starts, and at once when an update appears; its other messages have no
    effect.
    """
    containers, listeners = SimpleNamespace(containers=[]), set()
    async with supervised(make(containers, listeners)) as observed:
        await observed.until_published(1)
        for words in (["up_to_date"], ["up_to_date", "unknown"], ["available"]):
            containers.containers = [SimpleNamespace(update=word) for word in words]
            published = len(observed.published)
            for listener in tuple(listeners):
                listener()
            if words != ["up_to_date", "unknown"]:
                await observed.until_published(published + 1)

    assert [status.containers_available for status in observed.published] == [None, 0, 1]
    assert listeners == set()


async def test_no_containers_are_known(make):
    """With that feed disabled, or Docker stopped, the number is unknown."""
    async with supervised(make()) as observed:
        await observed.until_published(1)

    assert observed.published[0].containers_available is None


async def test_the_heartbeat(make, monkeypatch):
    """Without a change the same message is repeated."""
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.02)
    async with supervised(make()) as observed:
        await observed.until_published(3)

    assert len(set(observed.published)) == 1


async def test_the_hourly_look(make, monkeypatch, tmp_path):
    """A change that no watch reported is found in time."""
    monkeypatch.setattr(module, "RESCAN_SECONDS", 0.02)

    async def fail(folders, nudge):
        raise OSError(28, "no watch left")

    monkeypatch.setattr(module, "watch_folders", fail)
    async with supervised(make()) as observed:
        await observed.until_published(1)
        install(tmp_path, "uma", "1")
        await until(lambda: story(observed)[-1] == ("unknown", [("uma", "unknown")]))
