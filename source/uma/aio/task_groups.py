"""Tasks that run side by side until one fails, and then end together."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from uma.errors import SourceError

Part = Callable[[], Coroutine[Any, Any, NoReturn]]
"""Function that starts an activity. A coroutine object would never be awaited if the
cancellation came first.
"""


async def together(**parts: Part) -> NoReturn:
    """Run *parts* as tasks of these names until one raises SourceError; then cancel the
    others and raise that error by itself.

    A plain TaskGroup would raise an exception group. Before Python 3.13 it also loses a
    cancellation that arrives together with a failure: a daemon that stops just as
    Docker stops would never end.
    """
    failed: asyncio.Future[SourceError] = asyncio.get_running_loop().create_future()
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_tell_failure(part, failed), name=name) for name, part in parts.items()]
            failure = await failed
            for task in tasks:
                task.cancel()
    except ExceptionGroup as defects:
        raise defects.exceptions[0] from defects.exceptions[0].__cause__
    raise failure


async def _tell_failure(part: Part, failed: asyncio.Future[SourceError]) -> None:
    try:
        await part()
    except SourceError as failure:
        if not failed.done():
            failed.set_result(failure)
