"""Keep the sources alive: start a failed one again with backoff, and turn its failures into health.

The package's only ``except Exception``: one bad answer of one device must not take the daemon down, since Unraid has no
service manager that would bring it back.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import structlog

from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.source import Publish, Source
from uma.model.health import SourceHealth, SourceState

FIRST_DELAY = 0.2
LAST_DELAY = 10.0
STEADY = 60.0
"""Seconds a source must have run before a defect in it is met with the first delay again: a crash loop stays slow."""

log = structlog.get_logger()


class HealthBoard:
    """What each source last said of itself, by name. A change of status is logged once."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.sources: dict[str, SourceHealth] = {}
        self._clock = clock

    def report(self, name: str, status: SourceState, detail: str) -> None:
        """Note how source *name* is."""
        before = self.sources.get(name)
        if before is None or before.status != status:
            self.sources[name] = SourceHealth(status, detail, self._clock())
            if status == "failed":
                log.warning("source failed", source=name, detail=detail)
            elif before is not None or status == "unavailable":
                log.info("source changed", source=name, status=status, detail=detail)
        elif before.detail != detail:
            self.sources[name] = SourceHealth(status, detail, before.since)

    def report_end(self, task: asyncio.Task[None]) -> None:
        """Note that the *task* of a source, whose name it has, runs no more though nobody has ended it."""
        self.report(task.get_name(), "failed", "its task has ended; a reload or restart starts it again")

    def forget(self, name: str) -> None:
        """Drop a source that has been switched off."""
        self.sources.pop(name, None)


async def supervise(
    source: Source,
    publish: Publish,
    board: HealthBoard,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Run *source* until cancelled, starting it again 0.2 s after it failed, then 0.4 s and so on up to 10 s.

    Once it has said that it is well, the next failure is met with 0.2 s again; a defect only after a steady minute.
    A CancelledError that nobody asked this task for is a defect of the source, and no end.
    """
    delay = FIRST_DELAY
    is_reset = False
    task = asyncio.current_task()
    assert task is not None

    def report(status: SourceState, detail: str) -> None:
        nonlocal is_reset
        is_reset = is_reset or status == "ok"
        board.report(source.name, status, detail)

    while True:
        is_reset = False
        started = clock()
        try:
            await source.run(publish, report)
        except asyncio.CancelledError:
            if task.cancelling():
                raise
            log.warning("source cancelled from within", source=source.name)
            report("failed", "cancelled from within")
            is_reset = clock() - started > STEADY
        except SourceUnavailable as absence:
            report("unavailable", str(absence))
        except SourceFailed as failure:
            report("failed", str(failure))
        except Exception as defect:
            log.exception("source crashed", source=source.name)
            report("failed", f"{type(defect).__name__}: {defect}")
            is_reset = clock() - started > STEADY
        delay = FIRST_DELAY if is_reset else delay
        await sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
        delay = min(delay * 2, LAST_DELAY)
