"""Connections to daemons that watch a UPS."""

import socket

import pytest

from uma.feeds.ups.peer import NoAnswer, connected

from .peers import serving


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


async def test_without_a_listener():
    """A refused connection is NoAnswer, with the address."""
    port = closed_port()

    with pytest.raises(NoAnswer, match=f"127.0.0.1:{port}: .*Connect call failed|refused"):
        async with connected("127.0.0.1", port):
            pytest.fail("connected")


async def test_a_name_that_is_none():
    """So is a host that does not resolve."""
    with pytest.raises(NoAnswer):
        async with connected("no.such.host.invalid", 3551):
            pytest.fail("connected")


@pytest.mark.parametrize("host", ["192.168.1..5", "a" * 64, ".lan", "a\0b", "a\udcffb"])
async def test_a_host_that_can_be_none(host):
    """Nor does a mistyped one end the source: asyncio raises no OSError for it."""
    with pytest.raises(NoAnswer, match=":3551: not a host name"):
        async with connected(host, 3551):
            pytest.fail("connected")


async def test_an_end_within_an_answer():
    """Failures inside the block are NoAnswer too."""

    async def serve(reader, writer):
        writer.write(b"ab")
        await writer.drain()

    async with serving(serve) as port:
        with pytest.raises(NoAnswer):
            async with connected("127.0.0.1", port) as (reader, _):
                await reader.readexactly(3)
