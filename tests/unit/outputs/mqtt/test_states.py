"""States of one feed on their way to a broker."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.feeds import STORAGE, encode, feed_named
from uma.outputs.mqtt.states import StateFlow
from uma.outputs.mqtt.timing import Timing
from uma.outputs.mqtt.topics import Topics
from uma.streams import Stream

from .recorder import Recorder, settled
from .samples import ID, storage

TOPIC = "uma/tower/storage/status"
NEVER = 3600.0


def flow_of(recorder: Recorder, sent: list[None]) -> tuple[StateFlow, Stream]:
    stream = Stream(STORAGE, encode=encode, clock=time.time, capacity=1, recent=1)
    timing = Timing(spacing=NEVER, heartbeat=NEVER)
    feed = feed_named(STORAGE)
    topics = Topics("uma", "tower", ID)
    return StateFlow(recorder.client, topics, feed, stream, timing=timing, on_sent=lambda: sent.append(None)), stream


@asynccontextmanager
async def running(recorder: Recorder, sent: list[None]) -> AsyncIterator[Stream]:
    flow, stream = flow_of(recorder, sent)
    task = asyncio.ensure_future(flow.run())
    try:
        await settled()
        yield stream
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_sent(sent: list[None], number: int) -> None:
    async with asyncio.timeout(20):
        while len(sent) < number:
            await asyncio.sleep(0.001)


async def test_facts_are_sent_at_once_and_figures_wait() -> None:
    """A state with changed facts is published retained at once; one with other figures only waits."""
    recorder, sent = Recorder(), list[None]()
    async with running(recorder, sent) as stream:
        stream.publish(storage(disks=2))
        await until_sent(sent, 1)
        stream.publish(storage(disks=2, temperature="35"))
        await settled()
        assert len(sent) == 1
        stream.publish(storage(disks=3))
        await until_sent(sent, 2)

        assert [(each.topic, each.qos, each.retain) for each in recorder.published] == [(TOPIC, 0, True)] * 2
        assert recorder.published[-1].payload == stream.recent[-1]


async def test_a_closed_stream_is_followed_again() -> None:
    """A reload closes subscriptions; the next state is published."""
    recorder, sent = Recorder(), list[None]()
    async with running(recorder, sent) as stream:
        stream.publish(storage(disks=1))
        await until_sent(sent, 1)
        stream.close()
        await settled()
        stream.publish(storage(disks=2))
        await until_sent(sent, 2)


async def test_figures_are_wanted_while_it_runs() -> None:
    """A broker counts as demand for the feed as long as the connection lasts, and takes no client's place."""
    recorder = Recorder()
    async with running(recorder, []) as stream:
        assert stream.demand.wanted
        assert stream.connections == 0

    assert not stream.demand.wanted


async def test_the_newest_is_published_on_request() -> None:
    """The newest state is published on request, even if not due, retained or not; without a state nothing is."""
    recorder = Recorder()
    flow, stream = flow_of(recorder, [])
    await flow.publish_newest(retain=True)
    assert recorder.published == []
    stream.publish(storage())
    await flow.publish_newest(retain=False)
    await flow.publish_newest(retain=True)

    assert [each.retain for each in recorder.published] == [False, True]
    assert {each.payload for each in recorder.published} == {stream.recent[-1]}
