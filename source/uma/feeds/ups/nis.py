"""Client of apcupsd's Network Information Server: one request, one answer.

A request and each record of the answer are two bytes of length and a text; a length of
0 ends the answer (therealbstern/apcupsd: src/apcnis.c). Each request has its own
connection, since apcupsd drops one that is idle for more than 10 s.
"""

import asyncio
import struct
from collections.abc import Sequence

from uma.aio.deadline import within
from uma.feeds.ups.peer import MAX_ANSWER_BYTES, MAX_ANSWER_SECONDS, NoAnswer, connected

DEFAULT_PORT = 3551
ANSWERING_SECONDS = 0.02
"""Seconds in which apcupsd writes its answer, in up to thirty pieces."""

_LENGTH = struct.Struct(">H")


async def read_status(host: str, port: int, *, seconds: float = MAX_ANSWER_SECONDS) -> Sequence[bytes]:
    """Return the records of ``status``. Raises NoAnswer within *seconds*."""
    async with connected(host, port) as (reader, writer):
        question = b"status"
        transport = writer.transport
        assert isinstance(transport, asyncio.Transport)
        try:
            async with within(seconds):
                # Each piece would wake the daemon by itself.
                transport.pause_reading()
                writer.write(_LENGTH.pack(len(question)) + question)
                await asyncio.sleep(ANSWERING_SECONDS)
                transport.resume_reading()
                return await _read_records(reader)
        except TimeoutError as error:
            raise NoAnswer(f"{host}:{port} gave no complete answer within {seconds:g} s") from error


async def _read_records(reader: asyncio.StreamReader) -> Sequence[bytes]:
    records: list[bytes] = []
    left = MAX_ANSWER_BYTES
    while True:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length == 0:
            return records
        left -= length + _LENGTH.size
        if left < 0:
            raise NoAnswer(f"the answer has more than {MAX_ANSWER_BYTES} bytes")
        records.append(await reader.readexactly(length))
