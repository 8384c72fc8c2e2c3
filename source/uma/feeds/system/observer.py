"""The feed's source: samples, and the history with which charts begin."""

import asyncio
import time
from collections.abc import Callable

import structlog

from uma.aio.ticks import step_after
from uma.feeds.feed import Context, Publish, Report, Seconds
from uma.feeds.rings import load_rings, save_rings
from uma.feeds.system.history import RETAINED_SECONDS, History
from uma.feeds.system.model import SystemStats
from uma.feeds.system.source import SystemSource

log = structlog.get_logger()


class SystemObserver:
    """Sampler at the set interval, which keeps the samples in ``history``, over a
    restart too.
    """

    name = SystemSource.name

    def __init__(self, context: Context, interval: Seconds, *, clock: Callable[[], float] = time.time) -> None:
        self._context = context
        self._interval = interval
        self._clock = clock
        self._source = SystemSource(host=context.host, next_due=step_after)
        self.history = History(RETAINED_SECONDS // interval.default)
        self._file = context.host.own_folder / "system-history.json"
        self._is_loaded = False

    def add_interval(self, interval: float, publish: Publish) -> None:
        """Also sample every *interval* seconds, for *publish*."""
        self._source.add_interval(interval, publish)

    def drop_interval(self, interval: float) -> None:
        """Stop sampling at this interval."""
        self._source.drop_interval(interval)

    async def run(self, publish: Publish, report: Report) -> None:
        """Sample until cancelled. Raises SourceFailed if processors or memory can't be
        read.
        """
        seconds = self._context.settings.of(self._interval)
        self._source.interval = seconds
        self.history.resize(max(1, RETAINED_SECONDS // seconds))

        if not self._is_loaded:
            self._is_loaded = True
            await asyncio.to_thread(load_rings, self.history.kept, self._file, now=self._clock())

        def keep(stats: SystemStats) -> None:
            publish(stats)
            self.history.add(self._clock(), stats)

        try:
            await self._source.run(keep, report)
        finally:
            self._save()

    def _save(self) -> None:
        if not self._context.host.keeps_history:
            return
        try:
            save_rings(self.history.kept, self._file)
        except OSError as error:
            log.debug("history not saved", path=str(self._file), reason=str(error))
