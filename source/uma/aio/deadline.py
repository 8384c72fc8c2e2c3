"""A timeout that also works during cancellation.

``asyncio.timeout`` of Python 3.11.0 to 3.11.3 raises CancelledError instead of
TimeoutError in a task that is already being cancelled (python/cpython#102780). Debian
12's 3.11.2, which the package ships, has that fault.
"""

import asyncio
from types import TracebackType


def within(seconds: float | None) -> "_Deadline":
    """Return a context manager that raises TimeoutError if its block takes longer than
    *seconds*; None means no limit.
    """
    return _Deadline(seconds)


class _Deadline:
    """Context manager that cancels its task at the deadline and undoes that
    cancellation.
    """

    __slots__ = ("_cancelling", "_has_passed", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._has_passed = False

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        # Earlier cancellations came from other callers.
        self._cancelling = task.cancelling()
        if self._seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, self._seconds), self._pass)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._has_passed and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _pass(self) -> None:
        self._has_passed = True
        self._task.cancel()
