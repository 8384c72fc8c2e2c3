"""Parallel tasks: one failure ends all, and a cancellation is never lost."""

import asyncio
from typing import NoReturn

import pytest

from uma.aio.task_groups import together
from uma.errors import SourceFailed, SourceUnavailable


async def forever() -> NoReturn:
    await asyncio.Future[NoReturn]()


async def failing_after(event: asyncio.Event, failure: Exception) -> NoReturn:
    await event.wait()
    raise failure


async def test_the_first_failure_is_raised_by_itself() -> None:
    """The failure is not in a group, and it is the very object that the part raised."""
    failure, event = SourceUnavailable("gone"), asyncio.Event()
    event.set()

    with pytest.raises(SourceUnavailable) as caught:
        await together(one=forever, two=lambda: failing_after(event, failure))

    assert caught.value is failure


async def test_the_others_end_before_it_is_raised() -> None:
    """Each other part is cancelled and has cleaned up."""
    ended: list[str] = []
    event = asyncio.Event()
    event.set()

    async def slow_to_end() -> NoReturn:
        try:
            await asyncio.Future[NoReturn]()
        finally:
            await asyncio.sleep(0.01)
            ended.append("slow")

    with pytest.raises(SourceFailed):
        await together(one=slow_to_end, two=lambda: failing_after(event, SourceFailed("broken")))

    assert ended == ["slow"]


async def test_two_failures_at_once_are_one() -> None:
    """If all fail at the same moment, one of the failures is raised."""
    event = asyncio.Event()
    event.set()

    with pytest.raises(SourceFailed, match="first"):
        await together(
            one=lambda: failing_after(event, SourceFailed("first")),
            two=lambda: failing_after(event, SourceFailed("second")),
        )


async def test_a_defect_is_raised_by_itself() -> None:
    """An unexpected error ends all parts and keeps its type, for the supervisor's log."""
    event = asyncio.Event()
    event.set()

    with pytest.raises(ZeroDivisionError):
        await together(one=forever, two=lambda: failing_after(event, ZeroDivisionError()))


async def test_parts_are_tasks_by_their_names() -> None:
    """A task dump shows the parts by name."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(together(one=forever, two=forever))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert {"one", "two"} <= {task.get_name() for task in asyncio.all_tasks()}
        running.cancel()


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("ticks", range(12))
async def test_a_cancellation_that_comes_with_a_failure_is_not_lost(ticks: int, nested: bool) -> None:
    """Even if both come at nearly the same moment, a cancelled task ends cancelled."""
    event = asyncio.Event()

    async def failing() -> NoReturn:
        await failing_after(event, SourceUnavailable("gone"))

    async def inner() -> NoReturn:
        await together(one=forever, two=failing)

    async def supervised() -> None:
        while True:
            try:
                await together(one=forever, two=inner if nested else failing)
            except SourceUnavailable:
                # Wait and restart, as a supervisor does.
                await asyncio.sleep(0.05)

    task = asyncio.ensure_future(supervised())
    for _ in range(3):
        await asyncio.sleep(0)
    event.set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=1)

    assert done
    assert task.cancelled()


@pytest.mark.parametrize("ticks", range(4))
async def test_cancelled_before_it_began_leaves_no_coroutine_behind(ticks: int) -> None:
    """Even if it is cancelled very early, no coroutine is left that was never awaited (which would be a warning)."""
    task = asyncio.ensure_future(together(one=forever, two=forever))
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
