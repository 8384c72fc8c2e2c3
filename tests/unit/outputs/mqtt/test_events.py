"""Events to a broker: in order, several at a time, and lost ones are counted."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.feeds import encode
from tests.support.messages import event
from uma.outputs.mqtt.events import MAX_IN_FLIGHT, EventFlow
from uma.streams import Stream


class Broker:
    """A broker that acknowledges as many events as a test allows."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.lost: list[int] = []

    async def take(self, frame: bytes) -> None:
        self.sent.append(frame)
        answer = asyncio.get_running_loop().create_future()
        self.waiting.append(answer)
        await answer

    async def acknowledge(self, number: int) -> None:
        for answer in self.waiting[:number]:
            answer.set_result(None)
        del self.waiting[:number]
        await settled()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def following(stream: Stream, broker: Broker) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.ensure_future(EventFlow(stream, broker.take, broker.lost.append).run())
    await settled()
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def stream() -> Stream:
    return Stream("docker/events", encode=encode, clock=time.time, capacity=1, backlog=16, recent=1000)


def publish(stream: Stream, *numbers: int) -> list[bytes]:
    frames = []
    for number in numbers:
        stream.publish(event(number))
        frames.append(stream.recent[-1])
    return frames


async def test_events_do_not_wait_for_each_other(stream: Stream):
    """Several are sent, in order, before the first is acknowledged."""
    broker = Broker()
    async with following(stream, broker):
        frames = publish(stream, *range(10))
        await settled()

        assert broker.sent == frames
        await broker.acknowledge(10)
        frames += publish(stream, 10, 11)
        await settled()

    assert broker.sent == frames
    assert broker.lost == []


async def test_events_in_flight_are_bounded(stream: Stream):
    """A broker that acknowledges nothing gets a limited number; each acknowledgement allows one more."""
    broker = Broker()
    async with following(stream, broker):
        for number in range(MAX_IN_FLIGHT + 10):
            publish(stream, number)
            await settled()
        assert len(broker.sent) == MAX_IN_FLIGHT
        await broker.acknowledge(3)
        assert len(broker.sent) == MAX_IN_FLIGHT + 3
        assert broker.lost == []


async def test_lost_events_are_counted(stream: Stream):
    """If more events come than may wait, the exact number of lost ones is reported, and later ones are sent."""
    broker = Broker()
    async with following(stream, broker):
        publish(stream, *range(200))
        await settled()
        lost = sum(broker.lost)
        assert lost == 200 - len(broker.sent)
        assert lost > 100
        await broker.acknowledge(1000)
        frames = publish(stream, 1000)
        await settled()

        assert broker.sent[-1:] == frames
        assert sum(broker.lost) == lost


async def test_a_stream_that_was_merely_closed_has_lost_nothing(stream: Stream):
    """A reload closes subscriptions; later events are sent."""
    broker = Broker()
    async with following(stream, broker):
        publish(stream, 1)
        await settled()
        stream.close()
        await settled()
        publish(stream, 2)
        await settled()

    assert len(broker.sent) == 2
    assert broker.lost == []


async def test_a_failure_to_send_ends_it(stream: Stream):
    """A connection error is raised, and also ends the waiting sends."""

    async def fail(frame: bytes) -> None:
        raise TimeoutError

    task = asyncio.ensure_future(EventFlow(stream, fail, [].append).run())
    await settled()
    publish(stream, 1)
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(task, 5)


async def test_unacknowledged_events_are_open(stream: Stream):
    """At the end of a connection, unacknowledged messages are known, without those that were given up."""
    broker = Broker()
    flow = EventFlow(stream, broker.take, broker.lost.append)
    task = asyncio.ensure_future(flow.run())
    await settled()
    publish(stream, *range(10))
    await settled()
    await broker.acknowledge(4)
    assert flow.open == 6
    publish(stream, *range(10, 200))
    await settled()
    assert flow.open == 200 - 4 - sum(broker.lost)
    await broker.acknowledge(1000)
    assert flow.open == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
