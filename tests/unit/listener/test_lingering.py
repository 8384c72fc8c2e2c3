"""Lingering close over real sockets: the final bytes arrive."""

import asyncio
import socket
import struct

from tests.support.waiting import until
from uma.listener.lingering import LingeringTransport


class AppState(asyncio.Protocol):
    """The daemon's end of one connection, which does not read and so notices nothing by itself."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


def is_reset(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return True
    return False


async def test_closing_a_connection_that_was_reset_raises_nothing() -> None:
    """A client that resets its connection before the loop notices causes no error, and its transport is released."""
    served = AppState()
    server = await asyncio.get_running_loop().create_server(lambda: served, "127.0.0.1", 0)
    with socket.create_connection(server.sockets[0].getsockname()) as client:
        await until(lambda: served.transport is not None)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert served.transport is not None
    sock = served.transport.get_extra_info("socket")
    await until(lambda: is_reset(sock))

    LingeringTransport(served.transport, lambda: None).close()
    await until(lambda: served.is_lost)
    server.close()


async def test_unsent_bytes_and_a_fin_arrive_before_the_end() -> None:
    """Closing with unread data still delivers the final bytes, which an immediate close would lose by a reset."""
    served = AppState()
    server = await asyncio.get_running_loop().create_server(lambda: served, "127.0.0.1", 0)
    with socket.create_connection(server.sockets[0].getsockname()) as client:
        client.sendall(b"never read")
        await until(lambda: served.transport is not None)
        assert served.transport is not None
        lingering = LingeringTransport(served.transport, lambda: None)
        lingering.write(b"last words")
        lingering.close()
        assert lingering.is_closing()
        reader, writer = await asyncio.open_connection(sock=client)
        assert b"last words" == await asyncio.wait_for(reader.read(), 10)
        writer.close()
    await until(lambda: served.is_lost)
    server.close()
