"""Wait for a descriptor that asyncio has no stream for."""

import asyncio


async def until_readable(descriptor: int) -> None:
    """Wait until *descriptor* has something to read, or its other end is closed.
    Nothing else may watch it meanwhile.
    """
    loop, is_readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, is_readable.set)
    try:
        await is_readable.wait()
    finally:
        loop.remove_reader(descriptor)
