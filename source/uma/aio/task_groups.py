"""Several activities as one: they run side by side until one fails,
and end together.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from uma.errors import SourceError

Part = Callable[[], Coroutine[Any, Any, NoReturn]]
"""Starts an activity; not the coroutine itself,
which nobody would await where the cancellation comes first.
"""


async def together(**parts: Part) -> NoReturn:
    """Run *parts*, as tasks of these names, until one raises SourceError; end the
    others, and raise it by itself.

    A plain TaskGroup would raise a group, and before Python 3.13 lose a cancellation
    that comes with a failure: a daemon that is stopped just as Docker stops would go on
    for ever.
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
