"""apcupsd's NIS, and daemons that only look like it."""

import asyncio
import itertools

import pytest

from uma.feeds.ups.nis import read_status
from uma.feeds.ups.peer import MAX_ANSWER_BYTES, NoAnswer

from .peers import framed, serving


async def asked(answer, *, seconds=3.0):
    async def serve(reader, writer):
        assert await reader.readexactly(8) == b"\x00\x06status"
        await answer(writer)

    async with serving(serve) as port:
        return await read_status("127.0.0.1", port, seconds=seconds)


async def test_an_answer_is_records():
    """Each with its length; a length of 0 ends it, whatever follows."""

    async def answer(writer):
        writer.write(framed(b"STATUS   : ONLINE \n", b"\xff" * 200, b"x" * 65535) + b"more")
        await writer.drain()

    assert await asked(answer) == [b"STATUS   : ONLINE \n", b"\xff" * 200, b"x" * 65535]


async def test_an_answer_in_pieces_is_read_at_once(monkeypatch):
    """apcupsd writes each record by itself; none is read before all had time to come."""
    is_written, received, received_early = asyncio.Event(), [], []
    feed_data, sleep = asyncio.StreamReader.feed_data, asyncio.sleep

    async def pause(_seconds):
        await is_written.wait()
        for _ in range(100):
            await sleep(0)
        received_early.append([data for data in received if b"FIELD" in data])

    async def answer(writer):
        for number in range(50):
            writer.write(framed(b"FIELD%d : 1\n" % number)[:-2])
        writer.write(b"\0\0")
        assert writer.transport.get_write_buffer_size() == 0
        is_written.set()

    monkeypatch.setattr(asyncio, "sleep", pause)
    monkeypatch.setattr(
        asyncio.StreamReader, "feed_data", lambda self, data: (received.append(data), feed_data(self, data))
    )
    assert len(await asked(answer)) == 50
    assert received_early == [[]]


@pytest.mark.parametrize("sent", [b"", b"\x00", b"\x00\x09STATUS", framed(b"STATUS : ONLINE")[:-1]])
async def test_a_daemon_that_vanishes_within_an_answer(sent):
    """A part of an answer is none."""

    async def answer(writer):
        writer.write(sent)
        await writer.drain()

    with pytest.raises(NoAnswer):
        await asked(answer)


async def test_an_answer_of_megabytes():
    """It is given up at the limit, and not kept."""

    async def answer(writer):
        record = (65535).to_bytes(2, "big") + b"x" * 65535
        for _ in range(2 * 2**20 // len(record)):
            writer.write(record)
            await writer.drain()

    with pytest.raises(NoAnswer, match=str(MAX_ANSWER_BYTES)):
        await asked(answer)


async def test_no_answer():
    """A daemon that says nothing is given up after the deadline."""

    async def answer(writer):
        await asyncio.sleep(60)

    with pytest.raises(NoAnswer, match=r"0\.1 s"):
        await asked(answer, seconds=0.1)


async def test_an_answer_byte_by_byte():
    """The deadline is the whole answer's: each byte does not extend it."""

    async def answer(writer):
        for byte in itertools.cycle(framed(b"STATUS : ONLINE" * 100)[:-2]):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    with pytest.raises(NoAnswer, match=r"0\.2 s"):
        await asked(answer, seconds=0.2)
