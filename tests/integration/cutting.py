"""A proxy between clients and a daemon that breaks connections at random places."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

SAID = 350
"""Bytes that every client says at least: its request, and a command or two."""

HANDSHAKE = 500
"""Bytes, about, of an answer's head with what comes right behind it."""


class CuttingProxy:
    """Carries bytes to the daemon at *port* and back, and breaks each connection off after some bytes of its choice.

    A break may hit anything: a handshake, a command, a frame's head or its middle. ``is_cutting`` disables breaks;
    ``is_open`` set to False refuses connections.
    """

    def __init__(self, port: int, seed: int) -> None:
        self.target = port
        self.port = 0
        self.cuts = 0
        self.is_cutting = True
        self.is_open = True
        self._random = random.Random(seed)
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def server(self) -> str:
        """Its host and port, in the examples' form."""
        return f"127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """Return the number of its clients now."""
        return len(self._writers)

    def cut_all(self) -> None:
        """Break every connection there is."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection."""
        self._writers.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            if self.is_open:
                answers, there = await asyncio.open_connection("127.0.0.1", self.target)
                up, down = self._lengths()
                await self._until_one_ends(
                    asyncio.ensure_future(self._carry(reader, there, up)),
                    asyncio.ensure_future(self._carry(answers, writer, down)),
                )
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            for end in (writer, there):
                if end is not None:
                    # A pulled cable sends nothing, a killed program closes TCP.
                    end.transport.abort() if self._random.random() < 0.5 else end.close()

    def _lengths(self) -> tuple[float, float]:
        """After how many bytes to and from the daemon a connection breaks."""
        if not self.is_cutting:
            return float("inf"), float("inf")
        if self._random.random() < 0.2:
            return self._random.uniform(0, SAID), float("inf")
        mean = self._random.choice([HANDSHAKE, 2000, 8000])
        return float("inf"), self._random.expovariate(1 / mean)

    @staticmethod
    async def _until_one_ends(*carriers: "asyncio.Future[None]") -> None:
        try:
            await asyncio.wait(carriers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for carrier in carriers:
                carrier.cancel()
            await asyncio.wait(carriers)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, length: float) -> None:
        try:
            while data := await reader.read(65536):
                if len(data) >= length:
                    writer.write(data[: int(length)])
                    # Bytes carried before the break must arrive, else every break would be the same.
                    await writer.drain()
                    self.cuts += 1
                    return
                length -= len(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass


@asynccontextmanager
async def cutting_proxy(port: int, seed: int) -> AsyncIterator[CuttingProxy]:
    """A proxy to *port* of this machine, at a port of its own."""
    proxy = CuttingProxy(port, seed)
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        proxy.cut_all()
