"""Reads that may block."""

import asyncio
import threading

from uma.feeds.blocking import BlockingReads


async def test_a_read_is_taken_to_a_thread():
    """Its result comes back; the event loop does not wait for it."""
    reads = BlockingReads("x")

    assert await reads.run(threading.get_ident) != threading.get_ident()
    assert not reads.is_stuck


async def test_a_read_that_never_returns_costs_one_thread(capsys):
    """There is one log line, however often it is called; when it returns at last, reads continue."""
    reads = BlockingReads("the card", seconds=0.05)
    free = threading.Event()
    started = []

    def block():
        started.append(1)
        free.wait()
        return "late"

    try:
        assert [await reads.run(block) for _ in range(5)] == [None] * 5
        assert reads.is_stuck
        assert len(started) == 1
    finally:
        free.set()
    while reads.is_stuck:
        await asyncio.sleep(0.01)
    reads._seconds = 5.0
    assert await reads.run(lambda: "new") == "new"
    assert capsys.readouterr().out.count("read stuck") == 1
