"""A fleet of simulated servers, in a thread with a loop of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from tests.support.simulated_servers import SimulatedServer

SPACING_SECONDS = 15


class Fleet:
    """*count* servers that log in at the brokers at *ports*, distributed evenly."""

    def __init__(self, count: int, ports: Sequence[int], *, hosts: Sequence[str] = ("127.0.0.1",)) -> None:
        self.servers = [SimulatedServer(number, ports, hosts=hosts) for number in range(count)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fleet")
        self._lives: list[Future[None]] = []

    def start(self) -> None:
        """Log all servers in, and let them publish."""
        self._thread.start()

        async def connect() -> None:
            await asyncio.gather(*(server.connect() for server in self.servers))

        self._run(connect()).result(120)
        self._lives = [self._run(server.live(SPACING_SECONDS)) for server in self.servers]

    def kill(self, number: int) -> None:
        """End the connection of one server for good, as a power cut does."""
        self._lives[number].cancel()
        self._loop.call_soon_threadsafe(self.servers[number].abort)

    def stop(self) -> None:
        """End all servers."""

        async def end() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for server in self.servers:
                server.abort()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._run(end()).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)


@contextmanager
def running(count: int, ports: Sequence[int], *, hosts: Sequence[str] = ("127.0.0.1",)) -> Iterator[Fleet]:
    """A fleet that logs in."""
    fleet = Fleet(count, ports, hosts=hosts)
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.stop()
