"""Run of a command's coroutine that Ctrl-C ends at once."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_interruptible(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* in a loop of its own, as ``asyncio.run``, and notice Ctrl-C at once.
    Raises KeyboardInterrupt.

    A signal that comes just before the loop sleeps does not wake it: ``asyncio.run``
    would react to it at the next event, which may be a timeout.
    """

    async def awake() -> T:
        # A loop that handles any signal is woken by each.
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, lambda: None)
        return await work

    return asyncio.run(awake())
