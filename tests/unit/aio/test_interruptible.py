"""A command's loop is woken by signals."""

import asyncio
import os
import signal

import pytest

from uma.aio.interruptible import run_interruptible


async def wakeup_descriptor() -> int:
    """Return the descriptor that signals are written to, or -1."""
    descriptor = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(descriptor)
    return descriptor


async def interrupted() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(20)


def test_a_signal_wakes_the_loop() -> None:
    """A signal is noticed even if it comes just before the loop sleeps, and its handler is gone afterwards."""
    assert run_interruptible(wakeup_descriptor()) >= 0
    assert signal.getsignal(signal.SIGWINCH) in (signal.SIG_DFL, None)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_it() -> None:
    """SIGINT raises KeyboardInterrupt."""
    with pytest.raises(KeyboardInterrupt):
        run_interruptible(interrupted())
