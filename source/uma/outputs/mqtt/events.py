"""Events on their way to a broker: several at a time, in order; lost ones are
counted.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from uma.errors import StreamClosed
from uma.runtime.log_limits import LogLimit
from uma.streams import Stream

MAX_IN_FLIGHT = 64
"""Maximum of events without the broker's acknowledgement: over 600 a second if that
takes 0.1 s.
"""

log = structlog.get_logger()


class LostEvents:
    """Count of events that no broker got. It outlives a connection."""

    def __init__(self) -> None:
        self.total = 0
        self._settled: dict[str, int] = {}
        self._limit = LogLimit()

    def add(self, number: int, reason: str) -> None:
        """Count *number* more, and log it."""
        self.total += number
        if (left_out := self._limit.admit("events lost")) is not None:
            log.warning("events lost", number=number, total=self.total, reason=reason, others_since=left_out)

    def begin(self, stream: Stream) -> None:
        """Count the events of *stream* from now on, unless they are counted already."""
        self._settled.setdefault(stream.name, stream.seq)

    def missed(self, stream: Stream) -> int:
        """Return the number of events of *stream* since its last connection ended."""
        return stream.seq - self._settled[stream.name]

    def settle(self, stream: Stream, open_events: int) -> None:
        """Note that all but *open_events* events of *stream* are settled."""
        self._settled[stream.name] = stream.seq - open_events


class EventFlow:
    """Flow of the events of *stream* from now on, through *send*.

    *send* must send the event before it waits for the broker. *lose* is called with the
    number of events that were too fast for the broker.
    """

    def __init__(self, stream: Stream, send: Callable[[bytes], Awaitable[None]], lose: Callable[[int], None]) -> None:
        self._stream = stream
        self._send = send
        self._lose = lose
        self._settled_seq = stream.seq
        self._slots = asyncio.Semaphore(MAX_IN_FLIGHT)

    @property
    def open(self) -> int:
        """Number of events neither acknowledged nor dropped."""
        return self._stream.seq - self._settled_seq

    async def run(self) -> None:
        """Send up to MAX_IN_FLIGHT events at a time; never returns. Raises the errors
        of *send*, in a group.
        """
        async with asyncio.TaskGroup() as group:
            while True:
                with self._stream.subscribe(takes_place=False) as subscription:
                    taken = self._stream.seq
                    try:
                        while True:
                            frame = await subscription.next_frame()
                            taken += 1
                            await self._slots.acquire()
                            group.create_task(self._send_one(frame), name=f"mqtt event {taken}")
                    except StreamClosed:
                        self._give_up(self._stream.seq - taken)

    async def _send_one(self, frame: bytes) -> None:
        try:
            await self._send(frame)
        finally:
            self._slots.release()
        self._settled_seq += 1

    def _give_up(self, number: int) -> None:
        if number > 0:
            self._settled_seq += number
            self._lose(number)
