"""The samples that are kept for charts."""

import asyncio

import pytest

from tests.support.feeds import context
from tests.support.messages import stats
from uma.feeds.system import INTERVAL
from uma.feeds.system.observer import SystemObserver


async def test_each_sample_is_published_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Published samples are in the history too; an interval of 1200 s keeps three samples of an hour."""
    observer, published = SystemObserver(context(STATS_INTERVAL=1200), INTERVAL, clock=iter(range(9)).__next__), []

    async def run(source, publish, report) -> None:
        assert source.interval == 1200
        for _ in range(5):
            publish(stats())
        await asyncio.sleep(0)

    monkeypatch.setattr("uma.feeds.system.source.SystemSource.run", run)
    await observer.run(published.append, print)

    assert published == [stats()] * 5
    assert observer.history.columns()["timestamp"] == [3, 4, 5]
