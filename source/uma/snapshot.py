"""One message of one feed, for the command line. It needs no daemon and keeps
no state.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from uma.aio.deadline import within
from uma.errors import SourceError, SourceFailed
from uma.feeds.feed import Context, Demand, Feed, Setting, SourceFactory
from uma.host import Host
from uma.model import Message
from uma.spelling import hint
from uma.wire.envelope import encoder_of

MAX_SECONDS: Final = 10.0
"""Seconds for the first message."""

T = TypeVar("T")


def feed_named(name: str, feeds: Sequence[Feed]) -> Feed:
    """Return the feed *name*, or the first feed of the subject *name*.

    Raises ValueError for an unknown name, and for events, which can't be read at once.
    """
    states = [feed for feed in feeds if feed.retained]
    for feed in states:
        if name == feed.name:
            return feed
    for feed in states:
        if name == feed.subject:
            return feed
    names = [feed.name for feed in states]
    if any(name == feed.name for feed in feeds):
        raise ValueError(f"{name} has events, and no state to print; there are {', '.join(names)}")
    subjects = dict.fromkeys(feed.subject for feed in states)
    meant = hint(name, [*names, *subjects], list_all=False) or f"; there are {', '.join(names)}"
    raise ValueError(f"{name!r} is not a feed{meant}")


def take_snapshot(feed: Feed, host: Host, feeds: Sequence[Feed]) -> bytes:
    """Return one message of *feed* as on the wire. Blocks. Raises Unreadable and
    SourceError.

    It also runs those of *feeds* whose newest message the feed requests.
    """
    snapshots = _Snapshot(replace(host, is_snapshot=True), feeds)
    message = asyncio.run(snapshots.take(feed)) if feed.snapshot is None else feed.snapshot(snapshots.context)
    return encoder_of([feed])(message, time.time())


class _Defaults:
    """Every setting at its default."""

    def of(self, setting: Setting[T]) -> T:
        return setting.default


class _Snapshot:
    """The sources that one message needs; they run until the message has come."""

    def __init__(self, host: Host, feeds: Sequence[Feed]) -> None:
        demand = Demand()
        demand.hold()
        self.context = Context(
            host=host,
            settings=_Defaults(),
            demand=lambda _name: demand,
            newest=self._newest,
            listeners=self._listeners_of,
        )
        self._feeds = {feed.name: feed for feed in feeds}
        self._names = {feed.message: feed.name for feed in feeds}
        self._messages: dict[str, Any] = {}
        self._listeners: dict[str, set[Callable[[], None]]] = {}
        self._detail = "nothing was reported"
        self._running: dict[SourceFactory, asyncio.Task[None]] = {}
        self._start: Callable[[Feed], None] = lambda _feed: None

    async def take(self, feed: Feed) -> Any:  # noqa: ANN401 - a message of the feed's own type
        """Return the first message of *feed*. Raises SourceError."""
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def settle() -> None:
            if not outcome.done() and feed.name in self._messages:
                outcome.set_result(self._messages[feed.name])

        async def observe(each: Feed) -> None:
            try:
                await each.source(self.context).run(self._publish, self._report)
            except SourceError as error:
                self._detail = str(error)
                if each is feed and not outcome.done():
                    outcome.set_result(error)

        self._listeners_of(feed.name).add(settle)
        async with asyncio.TaskGroup() as group:

            def start(each: Feed) -> None:
                if each.source not in self._running:
                    self._running[each.source] = group.create_task(observe(each), name=each.name)

            self._start = start
            start(feed)
            try:
                async with within(MAX_SECONDS):
                    result = await asyncio.shield(outcome)
            except TimeoutError:
                result = SourceFailed(f"{feed.name}: no message within {MAX_SECONDS:g} s; {self._detail}")
            for task in self._running.values():
                task.cancel()
        if isinstance(result, SourceError):
            raise result
        return result

    def _newest(self, name: str) -> Message | None:
        if name in self._feeds:
            self._start(self._feeds[name])
        return self._messages.get(name)

    def _listeners_of(self, name: str) -> set[Callable[[], None]]:
        return self._listeners.setdefault(name, set())

    def _publish(self, message: Message) -> None:
        name = self._names[type(message)]
        self._messages[name] = message
        for listener in tuple(self._listeners_of(name)):
            listener()

    def _report(self, _status: str, detail: str) -> None:
        self._detail = detail
