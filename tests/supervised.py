"""A source under its real supervisor, and waiting for a fact with a deadline."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from uma.daemon.supervision import HealthBoard, supervise
from uma.feeds.feed import Source
from uma.model import Message
from uma.model.health import SourceHealth, SourceState


class Board(HealthBoard):
    """A health board that remembers every status in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[SourceState] = []

    def report(self, name: str, status: SourceState, detail: str) -> None:
        super().report(name, status, detail)
        if self.history[-1:] != [status]:
            self.history.append(status)


@dataclass
class Observed:
    """Everything that a source has published and reported so far."""

    name: str
    published: list[Message] = field(default_factory=list)
    board: Board = field(default_factory=Board)

    @property
    def health(self) -> SourceHealth:
        return self.board.sources.get(self.name, SourceHealth("unavailable", "nothing said yet", 0.0))

    async def until_status(self, status: SourceState, seconds: float = 30.0) -> None:
        await until(lambda: self.health.status == status and self.name in self.board.sources, seconds)

    async def until_published(self, count: int, seconds: float = 30.0) -> None:
        await until(lambda: len(self.published) >= count, seconds)


@asynccontextmanager
async def supervised(source: Source) -> AsyncIterator[Observed]:
    """*source* running until the end of the block."""
    observed = Observed(source.name)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(supervise(source, observed.published.append, observed.board), name=source.name)
        try:
            yield observed
        finally:
            task.cancel()


async def until(predicate: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return once *predicate* holds; fail when it does not within *seconds*."""
    deadline = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come true in {seconds} s")
        await asyncio.sleep(0.01)
