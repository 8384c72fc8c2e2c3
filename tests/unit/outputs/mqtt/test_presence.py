"""The server's claim and availability at one broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from uma.outputs.mqtt.broker import Broker
from uma.outputs.mqtt.claim import Claim, Yielded
from uma.outputs.mqtt.events import LostEvents
from uma.outputs.mqtt.presence import Presence
from uma.outputs.mqtt.progress import Progress
from uma.outputs.mqtt.topics import OFFLINE, ONLINE, Topics

from .recorder import Recorder, settled
from .samples import ID

OTHER_ID = "f" * 32
TOPICS = Topics("uma", "tower", ID)
CLAIM = Claim(ID, 1000.0)


def progress(lost: LostEvents | None = None) -> Progress:
    broker = Broker("127.0.0.1", 1883, has_tls=False, authorities=None, user=None, password=None)
    return Progress(broker, TOPICS, lost or LostEvents(), lambda *_: None, echo_seconds=5.0)


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Presence, Recorder]]:
    recorder = Recorder()
    presence = Presence(recorder.client, TOPICS, CLAIM, progress(), repeat_seconds=0.0)
    task = asyncio.ensure_future(presence.run())
    try:
        await settled()
        yield presence, recorder
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("payload", [OFFLINE, b"", b"noise"])
async def test_online_is_said_again(payload: bytes) -> None:
    """A value that another client publishes in place of ``online`` is overwritten; UMA's own is not."""
    async with running() as (presence, recorder):
        presence.on_availability(ONLINE)
        await settled()
        assert recorder.published == []
        presence.on_availability(payload)
        await settled()

        assert [(each.topic, each.payload, each.retain) for each in recorder.published] == [
            (TOPICS.availability, ONLINE, True)
        ]


@pytest.mark.parametrize(
    ("claim", "is_retained", "is_answered"),
    [
        (CLAIM, False, False),
        (CLAIM, True, False),
        (Claim(OTHER_ID, 2000.0), False, True),
        (Claim(OTHER_ID, 500.0), True, True),
        (None, False, True),
    ],
)
async def test_a_later_server_is_answered(claim: Claim | None, is_retained: bool, is_answered: bool) -> None:
    """A later server's claim, a remembered claim and noise are answered by its own claim."""
    async with running() as (presence, recorder):
        presence.on_claim(b"noise" if claim is None else claim.encode(), is_retained=is_retained)
        await settled()

        assert [each.payload for each in recorder.published] == [CLAIM.encode()] * is_answered


async def test_it_yields_to_the_first_server() -> None:
    """A live claim of an earlier server gets the topics."""
    async with running() as (presence, recorder):
        with pytest.raises(Yielded):
            presence.on_claim(Claim(OTHER_ID, 500.0).encode(), is_retained=False)

        assert recorder.published == []


async def test_both_are_renewed() -> None:
    """At another broker, claim and availability are published again."""
    async with running() as (presence, recorder):
        presence.renew()
        await settled()

        assert {each.topic for each in recorder.published} == {TOPICS.claim, TOPICS.availability}
