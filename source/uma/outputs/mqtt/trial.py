"""One login at a broker, with settings that need not be in force yet.

It publishes nothing, and uses its own client identifier, so the broker keeps the
daemon's connection.
"""

import asyncio
import secrets
import struct
from contextlib import suppress

from uma.aio.deadline import within
from uma.errors import SourceError, SourceFailed, SourceUnavailable
from uma.host import Host
from uma.outputs.mqtt.bridge import connect
from uma.outputs.mqtt.broker import Broker, read_trust

ANSWER_SECONDS = 10.0
KEEPALIVE_SECONDS = 30

CONNECT, CONNACK, DISCONNECT = 0x10, 0x20, b"\xe0\x00"
CLEAN, WITH_USER, WITH_PASSWORD = 0x02, 0x80, 0x40
LEVEL = 4
"""MQTT 3.1.1."""

REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "it does not take UMA's client identifier",
    3: "it takes no clients now",
    4: "it refuses the user or the password",
    5: "it refuses the user or the password",
}
"""Return codes of CONNACK (MQTT 3.1.1, 3.2.2.3)."""


async def try_broker(broker: Broker, host: Host) -> str | None:
    """Sign on at *broker* and off again; return the reason of a failure, or None."""
    try:
        trust = await asyncio.to_thread(read_trust, broker, host)
        reader, writer = await connect(broker, trust)
        try:
            writer.write(connect_packet(f"uma-test-{secrets.token_hex(4)}", broker.user, broker.password))
            async with within(ANSWER_SECONDS):
                check_answer(await reader.readexactly(4))
            writer.write(DISCONNECT)
        finally:
            writer.close()
            with suppress(OSError, TimeoutError):
                async with within(1.0):
                    await writer.wait_closed()
    except SourceError as error:
        return str(error)
    except TimeoutError:
        return f"{broker.address} accepts connections but does not speak MQTT"
    except (asyncio.IncompleteReadError, OSError):
        hint = "a client certificate, which UMA does not have" if broker.has_tls else "TLS"
        return f"{broker.address} ended the connection without an answer; does this port want {hint}?"
    return None


def connect_packet(identifier: str, user: str | None, password: str | None) -> bytes:
    """Build a CONNECT packet of a clean session without a will
    (MQTT 3.1.1, 3.1).
    """
    flags = CLEAN | (WITH_USER if user else 0) | (WITH_PASSWORD if user and password else 0)
    texts = [identifier, *([user] if user else []), *([password] if user and password else [])]
    head = _text("MQTT") + struct.pack("!BBH", LEVEL, flags, KEEPALIVE_SECONDS)
    body = head + b"".join(_text(text) for text in texts)
    return bytes([CONNECT]) + _length(len(body)) + body


def check_answer(answer: bytes) -> None:
    """Raise SourceFailed or SourceUnavailable unless the 4 bytes *answer*
    accept the connection.
    """
    if answer[0] != CONNACK or answer[1] != 2:
        raise SourceFailed("the server there does not speak MQTT")
    if answer[3] != 0:
        raise SourceUnavailable(REFUSALS.get(answer[3], f"it refuses with code {answer[3]}"))


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded


def _length(count: int) -> bytes:
    """Encode a remaining length: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while True:
        count, low = divmod(count, 128)
        encoded.append(low | (0x80 if count else 0))
        if not count:
            return bytes(encoded)
