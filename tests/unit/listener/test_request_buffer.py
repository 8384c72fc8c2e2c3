"""Received bytes cut into heads; conversations with them are in test_connection.py."""

import pytest

from uma.listener.request_buffer import Refusal, RequestBuffer
from uma.listener.request_head import MAX_FIELDS, MAX_HEAD

FIRST = b"GET /1 HTTP/1.1\r\nHost: tower\r\n\r\n"
SECOND = b"HEAD /2 HTTP/1.1\r\n\r\n"


def buffer_of(*parts: bytes) -> RequestBuffer:
    buffer = RequestBuffer()
    for part in parts:
        buffer.add(part)
    return buffer


def test_heads_are_cut_in_order_wherever_their_bytes_are_split():
    """Two heads with blank lines before them come out alike for every split into two parts."""
    sent = b"\r\n\r\n" + FIRST + b"\r\n" + SECOND

    for at in range(len(sent)):
        buffer = buffer_of(sent[:at])
        early = buffer.cut_head()
        buffer.add(sent[at:])
        heads = ([] if early is None else [early]) + [buffer.cut_head() for _ in range(2 - (early is not None))]
        assert heads == [FIRST, SECOND]
        assert not buffer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01", 400),
        (b"GET / HTTP/1.1\nHost", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\n" + b"a:\r\n" * (MAX_FIELDS + 1) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD, 431),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD + b"\r\n\r\n", 431),
    ],
    ids=repr,
)
def test_a_refused_head_stays(sent, status):
    """A refusal removes nothing from the buffer."""
    buffer = buffer_of(sent)
    refusal = buffer.cut_head()

    assert isinstance(refusal, Refusal)
    assert refusal.status == status
    assert buffer.take_all() == sent


def test_a_chunked_head_waits_for_the_first_chunk():
    """Only the first bytes of a chunked body show whether it is empty, and the head is then without it."""
    head = b"POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    empty, full = buffer_of(head), buffer_of(head)

    assert (empty.cut_head(), full.cut_head()) == (None, None)
    empty.add(b"0\r\n\r\n" + FIRST)
    full.add(b"5\r\nhello")
    assert (empty.cut_head(), empty.cut_head()) == (b"POST /1 HTTP/1.1\r\n\r\n", FIRST)
    assert (full.cut_head(), full.take_all()) == (head, b"5\r\nhello")


def test_expect_is_removed():
    """aiohttp would answer 100 Continue before any check."""
    buffer = buffer_of(b"POST /1 HTTP/1.1\r\nExpect: 100-continue\r\nHost: tower\r\n\r\n")

    assert buffer.cut_head() == b"POST /1 HTTP/1.1\r\nHost: tower\r\n\r\n"


def test_a_head_has_arrived_with_its_blank_line():
    """Without it the bytes are the beginning of a head; dropped, they are gone."""
    buffer = buffer_of(FIRST[:-2])
    assert not buffer.has_whole_head

    buffer.add(FIRST[-2:])
    assert buffer.has_whole_head
    buffer.clear()
    assert (len(buffer), buffer.cut_head()) == (0, None)
