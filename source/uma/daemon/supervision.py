"""Supervision of the sources: restart a failed one with backoff, and report it in
health.

It has the package's only ``except Exception``: one bad answer of one device must not
end the daemon, since Unraid has no service manager that would restart it.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from uma.daemon.backoff import STEADY_SECONDS, Backoff
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.feed import Publish, Source
from uma.model.health import SourceHealth, SourceState

MAX_LOGGED_CHANGES = 4
"""Changes of one source's status that are logged within STEADY_SECONDS, before it
counts as flapping.
"""

log = structlog.get_logger()

Cancel = Callable[[], object]
Later = Callable[[float, Callable[[], None]], Cancel]
"""Calls a function after some seconds; returns a handle to cancel that."""


def _later(seconds: float, function: Callable[[], None]) -> Cancel:
    return asyncio.get_running_loop().call_later(seconds, function).cancel


class HealthBoard:
    """Last reported health of each source, by name.

    Each change of status is logged. If a source flaps, that is logged once, and the
    number of changes after it has kept one status for STEADY_SECONDS.
    """

    def __init__(self, clock: Callable[[], float] = time.time, later: Later = _later) -> None:
        self.sources: dict[str, SourceHealth] = {}
        self.listeners: set[Callable[[], None]] = set()
        """Called after each change of a status."""
        self._clock = clock
        self._later = later
        self._changes: dict[str, _Changes] = {}

    def expect(self, name: str) -> None:
        """List source *name* as starting, until it reports."""
        if name not in self.sources:
            self.sources[name] = SourceHealth("starting", "", self._clock())

    def report(self, name: str, status: SourceState, detail: str) -> None:
        """Note the reported health of source *name*."""
        before = self.sources.get(name)
        is_first = before is None or before.status == "starting"
        if before is None or before.status != status:
            self.sources[name] = SourceHealth(status, detail, self._clock())
            if status != "ok" or not is_first:
                self._log_change(name)
            for listener in tuple(self.listeners):
                listener()
        elif before.detail != detail:
            self.sources[name] = SourceHealth(status, detail, before.since)

    def report_end(self, task: asyncio.Task[None]) -> None:
        """Note that the *task* of a source, which has its name, ended without being
        stopped.
        """
        self.report(task.get_name(), "failed", "its task has ended; a reload or restart restarts it")

    def forget(self, name: str) -> None:
        """Remove a source that has been disabled."""
        self.sources.pop(name, None)
        changes = self._changes.pop(name, None)
        if changes is not None:
            changes.cancel()

    def _log_change(self, name: str) -> None:
        changes = self._changes.setdefault(name, _Changes())
        now = self._clock()
        changes.logged_at = [at for at in changes.logged_at if 0 <= now - at < STEADY_SECONDS]
        if not changes.unlogged and len(changes.logged_at) < MAX_LOGGED_CHANGES:
            changes.logged_at.append(now)
            _log_status(name, self.sources[name])
            return
        if not changes.unlogged:
            health = self.sources[name]
            log.warning("source flapping", source=name, status=health.status, detail=health.detail)
        changes.unlogged += 1
        changes.cancel()
        changes.cancel = self._later(STEADY_SECONDS, lambda: self._settle(name))

    def _settle(self, name: str) -> None:
        """Log the status that *name* has kept."""
        changes = self._changes.pop(name)
        _log_status(name, self.sources[name], changes=changes.unlogged)


@dataclass(slots=True)
class _Changes:
    """Changes of one source's status: the times of the logged ones, and the number of
    the others.
    """

    logged_at: list[float] = field(default_factory=list)
    unlogged: int = 0
    cancel: Cancel = lambda: None


def _log_status(name: str, health: SourceHealth, **more: int) -> None:
    if health.status == "failed":
        log.warning("source failed", source=name, detail=health.detail, **more)
    else:
        log.info("source changed", source=name, status=health.status, detail=health.detail, **more)


async def supervise(
    source: Source,
    publish: Publish,
    board: HealthBoard,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Run *source* until cancelled; restart it after each end, with the delays of
    Backoff.

    A CancelledError without a cancellation of this task is a defect of the source.
    """
    backoff = Backoff()
    while True:
        run = _Run(source.name, board, clock)
        try:
            await source.run(publish, run.report)
        except asyncio.CancelledError:
            if _is_ending():
                raise
            log.warning("source cancelled from within", source=source.name)
            run.report("failed", "cancelled from within")
            run.note_defect()
        except SourceUnavailable as absence:
            run.report("unavailable", str(absence))
        except SourceFailed as failure:
            run.report("failed", str(failure))
        except Exception as defect:
            log.exception("source crashed", source=source.name)
            run.report("failed", f"{type(defect).__name__}: {defect}")
            run.note_defect()
        delay = backoff.after(run.well_seconds())
        await sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret


def _is_ending() -> bool:
    """Return True if the present task is being cancelled.

    A frame that names its own task forms a cycle with the task's exception: then all
    that a source holds would outlast a reload, until the garbage collection.
    """
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling() > 0


class _Run:
    """One run of a source, which forwards its reports and measures how long it was
    well.
    """

    def __init__(self, name: str, board: HealthBoard, clock: Callable[[], float]) -> None:
        self._name = name
        self._board = board
        self._clock = clock
        self._started = clock()
        self._well_since: float | None = None
        self._well_seconds: float | None = None

    def report(self, status: SourceState, detail: str) -> None:
        """Forward the source's report."""
        if status != "ok":
            self._well_seconds, self._well_since = self.well_seconds(), None
        elif self._well_since is None:
            self._well_since = self._clock()
        self._board.report(self._name, status, detail)

    def note_defect(self) -> None:
        """Count the run as never well, unless it was long: a crash loop does not start
        over.
        """
        lasted = self._clock() - self._started
        self._well_since, self._well_seconds = None, lasted if lasted > STEADY_SECONDS else None

    def well_seconds(self) -> float | None:
        """Return for how long it has been well, or was last; None for never."""
        return self._well_seconds if self._well_since is None else self._clock() - self._well_since
