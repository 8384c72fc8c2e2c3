"""Timeouts: in the ordinary case, in cleanup, and together with a cancellation from outside."""

import asyncio
import re
from pathlib import Path

import pytest

import uma
from uma.aio.deadline import within


async def test_it_passes():
    """A block that takes too long ends with TimeoutError, and the task is not left cancelled."""
    with pytest.raises(TimeoutError):
        async with within(0):
            await asyncio.Event().wait()

    assert asyncio.current_task().cancelling() == 0


@pytest.mark.parametrize("seconds", [None, 60])
async def test_it_is_kept(seconds: float | None):
    """A block that ends in time, or has no limit, returns."""
    async with within(seconds):
        await asyncio.sleep(0)


async def test_it_passes_in_cleanup():
    """In the cleanup of a cancelled task a timeout is a TimeoutError as well, and the cancellation continues."""
    seen = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            try:
                async with within(0):
                    await asyncio.Event().wait()
            except TimeoutError as error:
                seen.append(error)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert len(seen) == 1


async def test_it_passes_beside_a_failed_task():
    """The same holds in the body of a TaskGroup, of which another task has failed."""

    async def fail() -> None:
        raise ValueError

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            try:
                await asyncio.Event().wait()
            finally:
                with pytest.raises(TimeoutError):
                    async with within(0):
                        await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as raised:
        await work()

    assert [type(error) for error in raised.value.exceptions] == [ValueError]


async def test_a_cancellation_from_outside_wins():
    """A task that is cancelled before its time is over ends cancelled."""

    async def work() -> None:
        async with within(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_another_error_stays():
    """An exception of the block passes unchanged."""
    with pytest.raises(KeyError):
        async with within(60):
            raise KeyError


def test_nothing_else_limits_time():
    """The package uses no asyncio.timeout, whose fault in Python 3.11.2 shows in cleanup, nor wait_for."""
    used = [
        f"{path.name}: {match[0]}"
        for path in Path(uma.__file__).parent.rglob("*.py")
        for match in re.finditer(r"^[^#\n]*asyncio\.(timeout|timeout_at|wait_for)\(", path.read_text(), re.MULTILINE)
    ]

    assert used == []
