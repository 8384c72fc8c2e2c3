"""Containers of a real dockerd: made, started, ended and removed."""

import asyncio
from collections.abc import Iterable

from .dockerd import IMAGE, OFFLINE, Dockerd

AT_ONCE = 5
"""Lives led side by side: as many as a small machine starts without waiting."""


async def lead_lives(dockerd: Dockerd, names: Iterable[str]) -> None:
    """For each name a container that is created, starts, ends by itself and is removed; a few of them at once."""
    places = asyncio.Semaphore(AT_ONCE)
    async with dockerd.client() as docker:

        async def lead_life(name: str) -> None:
            async with places:
                container = await docker.containers.run(
                    {"Image": IMAGE, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}, **OFFLINE}, name=name
                )
                await container.wait()
                await container.delete()

        async with asyncio.TaskGroup() as tasks:
            for name in names:
                tasks.create_task(lead_life(name), name=name)
