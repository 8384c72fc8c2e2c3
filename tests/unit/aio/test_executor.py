"""A process ends even if one of its threads hangs."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable

import pytest

from tests.timed import IN_SECONDS
from uma.aio.deadline import within
from uma.aio.executor import Executor

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
    """Exit code, output and duration of a process with threads that sleep for some seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(seconds=seconds)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, time.monotonic() - began


@IN_SECONDS
def test_a_stuck_thread_is_left_behind():
    """With a hanging thread the process ends at once, with its own exit code, and reports it."""
    code, output, took = ended(600)

    assert code == 7
    assert "threads left behind" in output
    assert took < 5


def test_threads_that_come_back_are_waited_for():
    """Idle threads, and a thread that is about to return, don't change how the process ends."""
    code, output, _ = ended(0, 0.2)

    assert (code, output) == (3, "came back\n")


@pytest.fixture
async def executor() -> AsyncIterator[Executor]:
    """An executor configured like the daemon's."""
    executor = Executor(max_threads=3)
    yield executor
    executor.shutdown()


async def _read(executor: Executor, read: Callable[..., object], *arguments: object) -> object:
    return await asyncio.get_running_loop().run_in_executor(executor, read, *arguments)


async def test_results_and_errors_of_a_read_reach_the_caller(executor):
    """A value is returned unchanged; an error is raised where the read is awaited, and the thread continues."""
    assert await _read(executor, int, "7") == 7
    with pytest.raises(ValueError, match="x"):
        await _read(executor, int, "x")
    with pytest.raises(RuntimeError, match="StopIteration"):
        await _read(executor, next, iter(()))
    assert await _read(executor, int, "8") == 8


async def test_reads_asked_for_together_run_in_one_thread(executor):
    """Ten simultaneous reads need one thread, which later reads reuse."""
    names = await asyncio.gather(*(_read(executor, lambda: threading.current_thread().name) for _ in range(10)))

    assert {*names, await _read(executor, lambda: threading.current_thread().name)} == {"read_1"}


async def test_reads_behind_a_stuck_one_get_a_thread_of_their_own(executor):
    """Two reads that never return delay no other read, even one submitted later."""
    release = threading.Event()
    stuck = [asyncio.ensure_future(_read(executor, release.wait)) for _ in range(2)]
    try:
        async with within(60):
            assert [await _read(executor, int, str(n)) for n in range(3)] == [0, 1, 2]
        assert not any(task.done() for task in stuck)
    finally:
        release.set()
    assert await asyncio.gather(*stuck) == [True, True]


async def test_a_finished_read_does_not_wait_for_a_stuck_one_after_it(executor):
    """The loop is woken once for several reads, but finished results are not held back."""
    release = threading.Event()
    quick = asyncio.ensure_future(_read(executor, int, "7"))
    stuck = asyncio.ensure_future(_read(executor, release.wait))
    try:
        async with within(60):
            assert await quick == 7
        assert not stuck.done()
    finally:
        release.set()
    await stuck


async def test_a_read_that_was_cancelled_before_its_turn_is_not_made(executor):
    """Its result is not wanted; the reads after it run."""
    release, made = threading.Event(), []
    first = asyncio.ensure_future(_read(executor, release.wait))
    second = asyncio.ensure_future(_read(executor, made.append, 1))
    await asyncio.sleep(0)
    second.cancel()
    release.set()

    assert await first is True
    assert await _read(executor, int, "7") == 7
    assert made == []


async def test_once_shut_down_no_work_is_taken(executor):
    """A later read is rejected with its name."""
    executor.shutdown()

    with pytest.raises(RuntimeError, match="read take no more work"):
        await _read(executor, int, "7")
