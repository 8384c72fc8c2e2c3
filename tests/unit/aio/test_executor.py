"""A process ends, whatever its threads do."""

import subprocess
import sys
import time

from tests.timed import IN_SECONDS

SCRIPT = """
import asyncio, sys, time
from uma.aio.executor import Executor, leave_stuck_threads

async def run():
    asyncio.get_running_loop().set_default_executor(Executor(2))
    for seconds in {seconds}:
        asyncio.ensure_future(asyncio.to_thread(time.sleep, seconds))
    await asyncio.sleep(0.1)

asyncio.run(run())
leave_stuck_threads(7)
print("came back")
sys.exit(3)
"""


def ended(*seconds: float) -> tuple[int, str, float]:
    """Exit code, output and duration of a process with threads that sleep so long."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(seconds=seconds)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, time.monotonic() - began


@IN_SECONDS
def test_a_stuck_thread_is_left_behind():
    """With a thread that does not come back it ends at once, by the code it was to end with, and says so."""
    code, output, took = ended(600)

    assert code == 7
    assert "threads left behind" in output
    assert took < 5


def test_threads_that_come_back_are_waited_for():
    """Idle threads, and one that is about to come back, are no reason to end otherwise than usual."""
    code, output, _ = ended(0, 0.2)

    assert (code, output) == (3, "came back\n")
