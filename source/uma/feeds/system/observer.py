"""The source of the feed: samples, and the history that charts begin with."""

import time
from collections.abc import Callable

from uma.feeds.feed import Context, Publish, Report, Seconds
from uma.feeds.system.history import RETAINED_SECONDS, History
from uma.feeds.system.model import SystemStats
from uma.feeds.system.source import SystemSource


class SystemObserver:
    """Samples at the interval that is set, and keeps an hour of samples in ``history``."""

    name = SystemSource.name

    def __init__(self, context: Context, interval: Seconds, *, clock: Callable[[], float] = time.time) -> None:
        self._context = context
        self._interval = interval
        self._clock = clock
        self._source = SystemSource(host=context.host)
        self.history = History(RETAINED_SECONDS // interval.default)

    def add_interval(self, interval: float, publish: Publish) -> None:
        """Sample every *interval* seconds too, for *publish*."""
        self._source.add_interval(interval, publish)

    def drop_interval(self, interval: float) -> None:
        """Sample at this interval no longer."""
        self._source.drop_interval(interval)

    async def run(self, publish: Publish, report: Report) -> None:
        """Sample until cancelled. Raises SourceFailed when processors or memory can't be read."""
        seconds = self._context.settings.of(self._interval)
        self._source.interval = seconds
        self.history.resize(max(1, RETAINED_SECONDS // seconds))

        def keep(stats: SystemStats) -> None:
            publish(stats)
            self.history.add(self._clock(), stats)

        await self._source.run(keep, report)
