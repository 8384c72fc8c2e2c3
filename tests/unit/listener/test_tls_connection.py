"""TLS connections, within the limits from their first byte on."""

import asyncio
import ssl

import pytest

from tests.integration.certificates import Authority
from tests.support.waiting import until
from uma.listener.connection import GuardedConnection
from uma.listener.limits import ConnectionLimiter
from uma.web.server import listen, port_of
from uma.web.tls import Certificate

MOST = 3


class Inner(asyncio.Protocol):
    """Stand-in for aiohttp's protocol in the daemon: it greets."""

    def connection_made(self, transport):
        transport.write(b"hello")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def certificate(authority):
    return Certificate(*map(str, authority.certify("IP:127.0.0.1")))


class Place:
    """A port whose connections are at most MOST, and its clients."""

    def __init__(self, authority):
        self.gate = ConnectionLimiter(lambda: MOST)
        self.made = 0
        self.port = 0
        self._trust = ssl.create_default_context(cafile=authority.certificate)
        # From Python 3.13 on a home-made authority without a key usage is refused; that is not what is tested.
        self._trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self._writers = []

    def connection(self):
        self.made += 1
        return GuardedConnection(Inner(), self.gate)

    async def silent(self):
        """A client that says nothing."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return reader, writer

    async def greeted(self):
        """A client that has been greeted by TLS."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self._trust)
        self._writers.append(writer)
        assert await asyncio.wait_for(reader.readexactly(5), 20) == b"hello"
        return reader, writer

    async def end(self):
        for writer in self._writers:
            writer.transport.abort()
        # An end is noted in the loop's next turns, on either side.
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
async def place(authority, certificate):
    made = Place(authority)
    server = await listen(made.connection, "127.0.0.1", 0, certificate)
    made.port = port_of(server)
    yield made
    server.close()
    made.gate.abort_all()
    await made.end()


async def ended(reader):
    """Wait until the other side has ended the connection, well or not."""
    try:
        assert await asyncio.wait_for(reader.read(), 20) == b""
    except ConnectionError:
        return


async def test_a_newcomer_takes_the_place_of_the_oldest_handshake(place):
    """Clients that never begin their handshake keep no other client out, and stay below the limit."""
    silent = []
    for number in range(MOST):
        silent.append(await place.silent())
        await until(lambda: place.made > number, 20)  # noqa: B023 - called at once
    await place.greeted()

    await ended(silent[0][0])
    assert not silent[1][0].at_eof()


async def test_a_connection_is_counted_once(place):
    """Neither a handshake that is over, nor one that failed, takes a place from those that are served."""
    for _ in range(2 * MOST):
        reader, writer = await place.silent()
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await asyncio.wait_for(reader.read(), 20)
        _, writer = await place.greeted()
        writer.transport.abort()
    clients = [await place.greeted() for _ in range(MOST)]

    await asyncio.sleep(0)
    assert not any(reader.at_eof() for reader, _ in clients)


async def test_a_handshake_ends_with_the_daemon(place):
    """All connections end with the daemon, those within their handshake too."""
    reader, _ = await place.silent()
    await until(lambda: place.made, 20)
    place.gate.abort_all()

    await ended(reader)


async def test_a_silent_client_costs_little(place, certificate):
    """asyncio's own buffer of 256 KiB a connection would be 250 MB for all that are allowed."""
    connection = certificate.around(place.connection, shutdown_seconds=1)()

    assert len(connection.get_buffer(-1)) <= 16 * 1024
    connection.connection_lost(None)
