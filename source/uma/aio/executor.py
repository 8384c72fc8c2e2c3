"""A few threads for blocking reads, which never keep the process from ending.

A read may hang in the kernel for ever: on a flash drive that does not answer, or on a
drive that smartctl waits for.
"""

import asyncio
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Final, TypeVar

import structlog

T = TypeVar("T")

MAX_THREADS: Final = 8
STUCK_SECONDS: Final = 0.25
"""Seconds after which waiting reads get another thread, if one read holds them up."""

GRACE = 0.3
"""Seconds that a thread gets to finish its read when the daemon stops."""

log = structlog.get_logger()


class Executor(ThreadPoolExecutor):
    """One thread for all reads, and another if a read holds up others.

    A wake-up costs more than most reads. So reads that are submitted together run
    together, and wake the loop once. Up to *max_threads* reads may hang before all
    others wait. Shutdown does not wait for the threads.
    """

    def __init__(self, max_threads: int = MAX_THREADS, name: str = "read") -> None:
        super().__init__(max_threads, name)
        self._name = name
        self._most = max_threads
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._finished: deque[_Job] = deque()
        self._lock = threading.Lock()
        self._running = 0
        self._idle = 0
        self._is_shut = False
        self._look: asyncio.TimerHandle | None = None

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - as its parent has it
        """Return a future of *fn*'s result, on the running loop.

        Call it in the event loop's thread. An asyncio future wakes nothing by itself; a
        concurrent one would wake the loop once each.
        """
        if self._is_shut:
            raise RuntimeError(f"the threads called {self._name} take no more work")
        loop = asyncio.get_running_loop()
        job = _Job(loop.create_future(), partial(fn, *args, **kwargs))
        self._queue.put(job)
        if not self._running:
            self._start(loop)
        if self._look is None:
            self._look = loop.call_later(STUCK_SECONDS, self._relieve, loop)
        return job.future  # type: ignore[return-value] # see above

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - as it is called
        """Reject new work; running reads continue, waiting ones are dropped."""
        self._is_shut = True
        self._queue.put(None)
        super().shutdown(wait=False, cancel_futures=True)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            self._running += 1
            number = self._running
        threading.Thread(target=self._work, args=(loop,), name=f"{self._name}_{number}").start()

    def _relieve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start another thread if a slow read holds up others."""
        self._look = None
        self._deliver()
        if not self._queue.empty() and not self._is_shut:
            if self._running < self._most:
                self._start(loop)
            self._look = loop.call_later(STUCK_SECONDS, self._relieve, loop)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run reads until shut down, or until another thread has nothing to do."""
        while (job := self._next()) is not None:
            if not job.future.cancelled():
                with job:
                    job.value = job.read()
            self._finished.append(job)
            if self._queue.empty():
                # A closed loop has no waiting callers.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(self._deliver)

    def _next(self) -> "_Job | None":
        with self._lock:
            if self._is_shut or self._idle:
                self._running -= 1
                return None
            self._idle += 1
        job = self._queue.get()
        with self._lock:
            self._idle -= 1
            if job is None:
                self._running -= 1
        return job

    def _deliver(self) -> None:
        while self._finished:
            self._finished.popleft().settle()
        if self._look is not None and self._queue.empty():
            self._look.cancel()
            self._look = None


class _Job:
    """Read with its result, or with its error. As a context manager it catches the
    error.
    """

    __slots__ = ("error", "future", "read", "value")

    def __init__(self, future: asyncio.Future[Any], read: Callable[[], Any]) -> None:
        self.future = future
        self.read = read
        self.value: Any = None
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        # Python 3.11's futures refuse a StopIteration: the caller would wait for ever.
        self.error = RuntimeError("the read raised StopIteration") if isinstance(error, StopIteration) else error
        return True

    def settle(self) -> None:
        """Set the future's result, or its error."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)
        # The error's traceback refers to the job: break that cycle.
        self.error = None


def leave_stuck_threads(code: int) -> None:
    """End this process with *code* at once if a thread is stuck; else return. Python's
    own exit would wait for the thread.
    """
    deadline = time.monotonic() + GRACE
    others = [each for each in threading.enumerate() if each is not threading.current_thread() and not each.daemon]
    for thread in others:
        thread.join(max(0.0, deadline - time.monotonic()))
    stuck = [thread.name for thread in others if thread.is_alive()]
    if stuck:
        log.warning("threads left behind", threads=" ".join(stuck))
        sys.stdout.flush()
        os._exit(code)
