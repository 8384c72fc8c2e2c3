"""The connection to a broker, opened without blocking calls.

aiomqtt would resolve names, connect and shake hands in a thread, which a silent broker
would block for the sources as well. So asyncio makes the connection, with TLS if it is
enabled, and aiomqtt gets a local socket to it. The broker's packets are measured in
between.
"""

import asyncio
import os
import secrets
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from uma.aio.deadline import within
from uma.errors import SourceError, SourceFailed, SourceUnavailable
from uma.outputs.mqtt.broker import Broker
from uma.outputs.mqtt.packets import PacketSizes

CONNECT_SECONDS = 10.0
ADDRESS_SECONDS = 4.0
"""Seconds for each address of a name."""

LAST_WORDS_SECONDS = 1.0
"""Seconds for the final bytes to be sent."""

CHUNK = 65536

_CREDENTIALS = struct.Struct("iII")
"""Process, user and group."""


class Link:
    """An open connection. ``address`` is for aiomqtt: the name of an abstract socket.

    ``ended`` is set when the broker has gone; ``fault`` is its violation, if any.
    aiomqtt's own socket stays open until aiomqtt closes it, since it may be about to
    write.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.address = f"\0uma-mqtt-{secrets.token_hex(16)}"
        self.ended = asyncio.Event()
        self.fault: SourceError | None = None
        self.is_abandoned = False
        self._reader = reader
        self._writer = writer
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.address)
        self._listener.listen(1)
        self._listener.setblocking(False)

    async def carry(self) -> None:
        """Carry bytes both ways until aiomqtt ends it."""
        try:
            with self._listener:
                near = await self._accept()
            near_reader, near_writer = await asyncio.open_unix_connection(sock=near)
            try:
                async with asyncio.TaskGroup() as group:
                    down = group.create_task(self._carry_down(near_writer), name="mqtt down")
                    await self._carry_up(near_reader)
                    down.cancel()
            finally:
                near_writer.close()
        finally:
            self._listener.close()
            self._writer.close()

    async def _accept(self) -> socket.socket:
        """Accept aiomqtt's connection: other processes in this network namespace may
        read the address and connect first.
        """
        while True:
            near, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            if _pid_of(near) == os.getpid():
                return near
            near.close()

    def abandon(self) -> None:
        """End the connection without waiting for unsent bytes."""
        self._writer.transport.abort()
        self.is_abandoned = True
        self.ended.set()

    async def _carry_down(self, near: asyncio.StreamWriter) -> None:
        sizes = PacketSizes()
        with suppress(OSError):
            while chunk := await self._reader.read(CHUNK):
                try:
                    sizes.feed(chunk)
                except SourceFailed as fault:
                    self.fault = fault
                    self.abandon()
                    return
                near.write(chunk)
                await near.drain()
        self.ended.set()

    async def _carry_up(self, near: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while chunk := await near.read(CHUNK):
                # A message without a receiver is lost.
                with suppress(OSError):
                    self._writer.write(chunk)
                    await self._writer.drain()


def _pid_of(near: socket.socket) -> int:
    """Return the process at the other end of *near* (unix(7), SO_PEERCRED)."""
    credentials = near.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid: int = _CREDENTIALS.unpack(credentials)[0]
    return pid


@asynccontextmanager
async def connected(broker: Broker, trust: ssl.SSLContext | None) -> AsyncIterator[Link]:
    """Open a link to *broker*, whose certificate *trust* verifies. Raises
    SourceUnavailable or SourceFailed.
    """
    link = Link(*await connect(broker, trust))
    async with asyncio.TaskGroup() as group:
        carrying = group.create_task(link.carry(), name="mqtt link")
        try:
            yield link
        finally:
            if not link.is_abandoned:
                # If cancelled, the daemon still closes properly; a connection that
                # aiomqtt has closed ends by itself.
                await asyncio.wait([carrying], timeout=LAST_WORDS_SECONDS)
            carrying.cancel()


async def connect(broker: Broker, trust: ssl.SSLContext | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to *broker*, with TLS if there is *trust*.
    Raises SourceUnavailable or SourceFailed.
    """
    addresses: list[str] = []
    try:
        async with within(CONNECT_SECONDS):
            failure: OSError = OSError("the name has no address")
            addresses = await _resolve(broker.host, broker.port)
            for address in addresses:
                try:
                    async with within(ADDRESS_SECONDS):
                        return await asyncio.open_connection(
                            address, broker.port, ssl=trust, server_hostname=broker.host if trust else None
                        )
                except ssl.SSLError:
                    raise
                except OSError as error:
                    # TimeoutError is an OSError.
                    failure = error
            raise failure
    except ssl.SSLCertVerificationError as error:
        raise SourceFailed(f"can't verify the certificate of {broker.address}: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise SourceFailed(f"no TLS with {broker.address}: {error.reason or error}") from error
    except socket.gaierror as error:
        raise SourceUnavailable(f"{broker.host} can't be resolved: {error.strerror}") from error
    except TimeoutError as error:
        if not addresses:
            raise SourceUnavailable(f"{broker.host} can't be resolved: no name server answers") from error
        raise SourceUnavailable(f"no answer from {broker.address}") from error
    except ConnectionRefusedError as error:
        raise SourceUnavailable(f"nothing listens at {broker.address}") from error
    except OSError as error:
        if trust is not None and isinstance(error, ConnectionResetError):
            # mosquitto answers a handshake at a port without TLS this way.
            reason = f"{broker.address} closes connections that start with TLS; try MQTT_TLS=no"
            raise SourceUnavailable(reason) from error
        raise SourceUnavailable(f"{broker.address} can't be reached: {error.strerror or error}") from error


async def _resolve(host: str, port: int) -> list[str]:
    """Resolve *host* to addresses, in the order in which to try them."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str], failure: OSError | None) -> None:
        if answer.done():
            return
        if failure is None:
            answer.set_result(addresses)
        else:
            answer.set_exception(failure)

    def look_up() -> None:
        addresses: list[str] = []
        failure: OSError | None = None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        except OSError as error:
            failure = error
        except UnicodeError:
            # Raised for an empty label, as in 192.168.1..5, or one over 63 characters.
            failure = socket.gaierror(socket.EAI_NONAME, "it is not a host name")
        with suppress(RuntimeError):
            # The loop has ended in the meantime.
            loop.call_soon_threadsafe(settle, addresses, failure)

    # A separate thread, which the daemon's end does not wait for: a resolver may take
    # half a minute.
    threading.Thread(target=look_up, name="mqtt resolver", daemon=True).start()
    return await answer
