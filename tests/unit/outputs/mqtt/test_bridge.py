"""The connection to a broker: bytes flow both ways, and it neither blocks nor leaks."""

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from uma.errors import SourceFailed, SourceUnavailable
from uma.outputs.mqtt import bridge as module
from uma.outputs.mqtt.bridge import Link, connected
from uma.outputs.mqtt.broker import Broker

from .peer import hang_up, peer, says


@asynccontextmanager
async def near_end(link: Link) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """aiomqtt's end of the link."""
    reader, writer = await asyncio.open_unix_connection(link.address)
    try:
        yield reader, writer
    finally:
        writer.close()


async def test_bytes_go_both_ways():
    """Bytes of each side reach the other."""
    async with peer(says(b"\xd0\x00")) as broker, connected(broker, None) as link, near_end(link) as (reader, writer):
        writer.write(b"\xc0\x00")
        assert await reader.readexactly(2) == b"\xd0\x00"


async def test_last_words_arrive():
    """Bytes sent just before the near side has closed reach the broker."""
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.read())

    async with peer(listen) as broker:
        async with connected(broker, None) as link, near_end(link) as (_, writer):
            writer.write(b"x" * 300_000)
            await writer.drain()
        assert await asyncio.wait_for(heard, 5) == b"x" * 300_000


async def test_a_broker_that_hangs_up_ends_it():
    """A broker that hangs up ends the link; later bytes of the near side are lost without an error."""
    async with peer(hang_up) as broker, connected(broker, None) as link, near_end(link) as (_, writer):
        writer.write(b"\xc0\x00")
        await asyncio.wait_for(link.ended.wait(), 5)
        writer.write(b"x" * 300_000)
        await asyncio.wait_for(writer.drain(), 5)
        assert link.fault is None


async def test_a_packet_that_is_too_long_ends_it():
    """Only the beginning of a packet of 200 MB is read; the reason is reported."""
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"\x30\x80\x80\x80\x64")
        while True:
            writer.write(bytes(65536))
            await writer.drain()
            sent += 65536

    async with peer(flood) as broker, connected(broker, None) as link, near_end(link):
        await asyncio.wait_for(link.ended.wait(), 5)
        assert str(link.fault) == "the broker sent a message of 209715200 bytes"
    assert sent < 20_000_000


async def test_nothing_is_left_of_it():
    """After the link no task is left, and its address is invalid."""
    async with peer(says()) as broker:
        async with connected(broker, None) as link, near_end(link):
            pass
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_unix_connection(link.address)
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("mqtt")]


async def trouble(broker: Broker, trust: ssl.SSLContext | None = None) -> SourceUnavailable | SourceFailed:
    with pytest.raises((SourceUnavailable, SourceFailed)) as caught:
        async with connected(broker, trust):
            pass
    return caught.value


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def test_nothing_there_is_unavailable():
    """A closed port and an unknown name are two different normal absences."""
    broker = Broker("127.0.0.1", closed_port(), has_tls=False, authorities=None, user=None, password=None)
    absent, unknown = await trouble(broker), await trouble(replace(broker, host="broker.invalid"))

    assert isinstance(absent, SourceUnavailable)
    assert str(absent) == f"nothing listens at 127.0.0.1:{broker.port}"
    assert isinstance(unknown, SourceUnavailable)
    assert str(unknown).startswith("broker.invalid can't be resolved: ")


async def test_no_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch):
    """A broker that accepts the connection and does not shake hands costs some seconds and no thread."""
    monkeypatch.setattr(module, "ADDRESS_SECONDS", 0.2)
    async with peer(says()) as broker:
        silent = await trouble(broker, ssl.create_default_context())

    assert isinstance(silent, SourceUnavailable)
    assert str(silent) == f"no answer from {broker.address}"


async def test_plain_where_tls_was_expected_is_a_failure():
    """A broker that answers a handshake with anything else is reported as a failure."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with peer(plain) as broker:
        failure = await trouble(broker, ssl.create_default_context())
    assert isinstance(failure, SourceFailed)
    assert str(failure).startswith(f"no TLS with {broker.address}: ")


async def test_a_broker_that_ends_a_handshake_is_unavailable():
    """mosquitto does this at a port without TLS; a broker may also be about to stop."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async with peer(plain) as broker:
        trouble_met = await trouble(broker, ssl.create_default_context())
    assert isinstance(trouble_met, SourceUnavailable)
    assert str(trouble_met) == f"{broker.address} closes connections that start with TLS; try MQTT_TLS=no"


@pytest.mark.parametrize("host", ["192.168.1..5", "a" * 64])
async def test_a_mistyped_host_is_reported_at_once(host: str):
    """Python raises no OSError for it, and the broker's own thread must not end by that."""
    broker = Broker(host, 1883, has_tls=False, authorities=None, user=None, password=None)
    mistyped = await trouble(broker)

    assert isinstance(mistyped, SourceUnavailable)
    assert str(mistyped) == f"{host} can't be resolved: it is not a host name"


@pytest.fixture
async def hanging_resolver(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Broker]:
    """A broker whose name resolves, to nothing, only at the end of the test."""
    answer = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*_: object, **__: object) -> list[object]:
        asyncio.run_coroutine_threadsafe(answer.wait(), loop).result(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    yield Broker("slow.lan", 1883, has_tls=False, authorities=None, user=None, password=None)
    answer.set()
    await asyncio.sleep(0.05)


async def test_a_resolver_that_hangs_is_not_waited_for(hanging_resolver: Broker):
    """If cancelled while a name is being resolved, it ends at once; the late answer does no harm."""
    task = asyncio.ensure_future(trouble(hanging_resolver))
    await asyncio.sleep(0.05)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=1)
    assert done


async def test_a_hanging_resolver_is_not_blamed_on_the_broker(
    hanging_resolver: Broker, monkeypatch: pytest.MonkeyPatch
):
    """The error blames the name server, not the broker."""
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.1)
    silent = await trouble(hanging_resolver)

    assert isinstance(silent, SourceUnavailable)
    assert str(silent) == "slow.lan can't be resolved: no name server answers"


async def test_another_process_cannot_come_first():
    """Another process that connects to the socket is rejected; aiomqtt gets through."""
    async with peer(says(b"\xd0\x00")) as broker, connected(broker, None) as link:
        code = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1].replace('@', chr(0))); "
        code += "s.sendall(b'x' * 9); print(s.recv(1))"
        thief = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, link.address.replace("\0", "@"), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(thief.communicate(), 20)
        async with near_end(link) as (reader, writer):
            writer.write(b"\xc0\x00")
            assert await reader.readexactly(2) == b"\xd0\x00"

    # None of its bytes went to the broker, and none of the broker's to it.
    assert said.strip() in (b"b''", b"")
