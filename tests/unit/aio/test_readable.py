"""Waits for descriptors, on a pair of sockets."""

import asyncio
import socket

import pytest

from uma.aio.readable import until_readable


async def test_returns_once_there_is_something_to_read():
    """Bytes end the wait, and so does the end of the other side; neither is taken."""
    ours, others = socket.socketpair()
    with ours, others:
        waiting = asyncio.ensure_future(until_readable(ours.fileno()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        others.send(b"x")
        await asyncio.wait_for(waiting, 20)
        assert ours.recv(8) == b"x"

        others.close()
        await asyncio.wait_for(until_readable(ours.fileno()), 20)


async def test_a_cancelled_wait_leaves_no_reader():
    """The descriptor may be closed, and its number used again."""
    ours, others = socket.socketpair()
    with ours, others:
        waiting = asyncio.ensure_future(until_readable(ours.fileno()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert not asyncio.get_running_loop().remove_reader(ours.fileno())
