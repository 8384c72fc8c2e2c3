"""A scripted server: it does what a real broker can't be made to do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from uma.outputs.mqtt.broker import Broker

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CONNACK = b"\x20\x02\x00\x00"
NOT_AUTHORISED = b"\x20\x02\x00\x05"


@asynccontextmanager
async def peer(answer: Answer) -> AsyncIterator[Broker]:
    """A server at the address of the broker in the settings."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Broker("127.0.0.1", port, has_tls=False, authorities=None, user=None, password=None)


async def read_packet(reader: asyncio.StreamReader) -> bytes:
    """Return the next whole packet, of at most 127 bytes after its fixed header or with a length of two bytes."""
    head = await reader.readexactly(2)
    length = head[1]
    if length & 0x80:
        more = await reader.readexactly(1)
        head += more
        length = (length & 0x7F) + (more[0] << 7)
    return head + await reader.readexactly(length)


def says(*chunks: bytes) -> Answer:
    """Read the first packet, answer these bytes, then read until the other side ends it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_packet(reader)
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        while await reader.read(65536):
            pass

    return answer


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the first packet and end the connection."""
    await read_packet(reader)
