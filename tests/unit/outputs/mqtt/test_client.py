"""A signed-on client, with a scripted peer."""

import asyncio

import pytest

from uma.errors import SourceFailed, SourceUnavailable
from uma.outputs.mqtt.bridge import connected
from uma.outputs.mqtt.broker import Broker
from uma.outputs.mqtt.client import Client, ConnectionLost, Incoming, refusal, signed_on
from uma.outputs.mqtt.topics import Topics

from .peer import CONNACK, NOT_AUTHORISED, peer, read_packet, says
from .samples import ID

TOPICS = Topics("uma", "tower", ID)
SILENT = 0.3
MESSAGE = b"\x30\x06\x00\x01tabc"
"""``abc`` at topic ``t`` with QoS 0."""


async def use(broker: Broker, work: str = "") -> object:
    """Sign on at *broker* and do one thing there; return its result, or the error that ended it."""
    async with connected(broker, None) as link:
        try:
            async with signed_on(
                broker, link, TOPICS, attempt=0, within_seconds=SILENT, answer_seconds=SILENT
            ) as client:
                if work == "publish":
                    await client.publish("t", b"x")
                return await client.next_message() if work == "read" else client
        except (ConnectionLost, TimeoutError) as error:
            return error


async def test_it_signs_on_and_says_goodbye() -> None:
    """The login has the will ``offline``, and so does the end of the connection."""
    packets: list[bytes] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        packets.append(await read_packet(reader))
        writer.write(CONNACK)
        packets.append(await read_packet(reader))
        writer.write(b"\x40\x02" + packets[-1][-9:-7])

    async with peer(note) as broker:
        assert isinstance(await use(broker), Client)

    assert [packet.count(b"offline") for packet in packets] == [1, 1]
    assert all(TOPICS.availability.encode() in packet for packet in packets)


async def test_a_message_is_given_on() -> None:
    """A message has its topic, its payload and the broker's retained flag."""
    async with peer(says(CONNACK, MESSAGE)) as broker:
        assert await use(broker, "read") == Incoming("t", b"abc", is_retained=False)


async def test_a_refused_login_carries_its_reason() -> None:
    """The error has the broker's refusal in health's words."""
    async with peer(says(NOT_AUTHORISED)) as broker:
        error = await use(broker)

    assert isinstance(error, ConnectionLost)
    assert isinstance(error.refusal, SourceFailed)
    assert str(error.refusal).endswith("it refuses the user or the password")


@pytest.mark.parametrize("answers", [[], [CONNACK]])
async def test_silence_is_a_timeout(answers: list[bytes]) -> None:
    """A broker that never answers a login or a message is given up after the limit."""
    async with peer(says(*answers)) as broker:
        assert isinstance(await use(broker, "publish"), TimeoutError)


def test_an_unknown_refusal_is_an_absence() -> None:
    """A reason that no setting can change is a normal absence, with the broker's own words."""
    trouble = refusal("broker.lan:1883", "Server busy")

    assert isinstance(trouble, SourceUnavailable)
    assert str(trouble) == "broker.lan:1883 is unavailable: Server busy"
