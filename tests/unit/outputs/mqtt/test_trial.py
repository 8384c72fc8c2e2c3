"""One login at a broker: its result, and the reason of a failure."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from uma.host import Host
from uma.outputs.mqtt.trial import connect_packet, try_broker

from .peer import CONNACK, NOT_AUTHORISED, hang_up, peer, read_packet, says

HOST = Host(Path("/nowhere"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says(CONNACK), None),
        (says(NOT_AUTHORISED), "it refuses the user or the password"),
        (says(b"\x20\x02\x00\x63"), "it refuses with code 99"),
        (says(b"HTTP"), "the server there does not speak MQTT"),
        (hang_up, "{address} ended the connection without an answer; does this port want TLS?"),
    ],
)
async def test_answers_of_the_broker(answer, reason):
    """The reason is a sentence for a person; None if the broker accepts."""
    async with peer(answer) as broker:
        assert await try_broker(broker, HOST) == (reason and reason.format(address=broker.address))


async def test_a_broker_that_is_not_there():
    """A closed port is reported."""
    async with peer(hang_up) as broker:
        pass
    assert await try_broker(broker, HOST) == f"nothing listens at {broker.address}"


async def test_user_and_password_are_sent_and_nothing_is_published():
    """The one packet before the end is CONNECT with the login, under its own client identifier."""
    heard: asyncio.Future[tuple[bytes, bytes]] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        packet = await read_packet(reader)
        writer.write(CONNACK)
        heard.set_result((packet, await reader.read()))

    async with peer(listen) as broker:
        assert await try_broker(replace(broker, user="uma", password="geheim"), HOST) is None
        packet, rest = await asyncio.wait_for(heard, 20)

    assert packet[0] == 0x10
    assert packet.endswith(b"\x00\x03uma\x00\x06geheim")
    assert b"uma-test-" in packet
    assert rest == b"\xe0\x00"


def test_a_long_login_has_a_length_of_two_bytes():
    """The remaining length has seven bits a byte, and no password is sent without a user."""
    packet = connect_packet("id", "u" * 200, None)
    assert packet[:3] == bytes([0x10, 0x80 | ((len(packet) - 3) % 128), (len(packet) - 3) // 128])
    assert connect_packet("id", None, "secret") == connect_packet("id", None, None)
