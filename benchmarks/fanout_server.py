"""A server that publishes on command, three ways: UMA's streams and web, ``websockets``' broadcast(), plain sockets.

It runs as a program; its arguments are the way and the kind of message. Its first line of output is its port. Then it
answers each line ``COUNT MILLISECONDS`` on its standard input: it publishes that many messages at that distance, and
prints the monotonic nanoseconds of each start as JSON.
"""

import asyncio
import base64
import hashlib
import json
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.feeds import encode
from tests.support.messages import stats

from benchmarks.arrays import array_of
from uma.feeds.storage.emhttp import parse_state, read_texts
from uma.feeds.storage.status import status_from
from uma.host import Host
from uma.model import Message

Publish = Callable[[], object]


def message_of(kind: str) -> Message:
    """Return a message of 8 cores (stats) or 8 disks (storage)."""
    if kind == "stats":
        return stats()
    with tempfile.TemporaryDirectory() as root:
        array_of(8).write_to(Path(root))
        return status_from(parse_state(read_texts(Host(Path(root)))), {})


@asynccontextmanager
async def by_uma(message: Message) -> AsyncIterator[tuple[int, Publish]]:
    """Publish a message as the daemon does after a source's sample."""
    from tests.support.feeds import SYSTEM

    from uma.config import Config
    from uma.daemon.composition import App
    from uma.feeds import all_feeds
    from uma.web.server import listen, port_of, serving

    nowhere = Path("/nonexistent")
    parts = App(Config(max_connections=1000), Host(nowhere), all_feeds())
    async with serving(parts.served) as factory:
        server = await listen(factory, "127.0.0.1", 0)
        yield port_of(server), lambda: parts.streams[SYSTEM].publish(message)


@asynccontextmanager
async def by_websockets(message: Message) -> AsyncIterator[tuple[int, Publish]]:
    """Publish the same frame by the websockets library's own function for many clients."""
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    connections: set[ServerConnection] = set()

    async def keep(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.discard(connection)

    async with serve(keep, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield port, lambda: broadcast(connections, encode(message, time.time()).decode())


@asynccontextmanager
async def by_sockets(message: Message) -> AsyncIterator[tuple[int, Publish]]:
    """Send once per client and do nothing else: no server can do with less."""
    accepted: list[socket.socket] = []
    # A writer that nothing refers to closes its connection since Python 3.13.
    writers: list[asyncio.StreamWriter] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key")).split()[1]
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        await writer.drain()
        writers.append(writer)
        accepted.append(writer.get_extra_info("socket").dup())

    def publish() -> None:
        payload = encode(message, time.time())
        frame = b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload
        for sock in accepted:
            sock.send(frame)

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], publish


WAYS = {"UMA": by_uma, "websockets": by_websockets, "sockets": by_sockets}


async def _main(way: str, kind: str) -> None:
    loop = asyncio.get_running_loop()
    async with WAYS[way](message_of(kind)) as (port, publish):
        print(port, flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            count, milliseconds = map(int, line.split())
            begun = []
            for _ in range(count):
                begun.append(time.monotonic_ns())
                publish()
                await asyncio.sleep(milliseconds / 1000)
            print(json.dumps(begun), flush=True)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
