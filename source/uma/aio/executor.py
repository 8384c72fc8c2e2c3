"""The few threads that files are read in,
and a process that ends though one of them never does.

A read may be stuck in the kernel for ever: a flash drive that does not answer,
a drive that smartctl waits for.
"""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog

GRACE = 0.3
"""Seconds that a thread which is reading when the daemon stops has to come back."""

log = structlog.get_logger()


class Executor(ThreadPoolExecutor):
    """An executor that is shut down without waiting for its threads."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - as it is called
        """Take no more work; who works goes on."""
        super().shutdown(wait=False, cancel_futures=True)


def leave_stuck_threads(code: int) -> None:
    """End this process with *code* at once if a thread is stuck:
    Python itself would wait for it. Else return.
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
