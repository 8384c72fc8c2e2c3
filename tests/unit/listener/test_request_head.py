"""Heads of requests, by RFC 9112; conversations with them are in test_connection.py."""

import pytest

from uma.listener import request_head


def head(*fields: str, line: str = "POST /x HTTP/1.1") -> bytes:
    return "".join(f"{each}\r\n" for each in (line, *fields, "")).encode()


@pytest.mark.parametrize(
    ("line", "is_request"),
    [
        ("GET / HTTP/1.1", True),
        ("M-SEARCH * HTTP/1.0", True),
        ("GET / HTTP/2.0", False),
        ("get / HTTP/1.1", False),
        ("GET  / HTTP/1.1", False),
        ("GET /a b HTTP/1.1", False),
        ("GET / HTTP/1.1 ", False),
    ],
)
def test_a_request_line_has_a_method_an_address_and_a_version(line, is_request):
    """One blank between the parts, a method of capitals, version 1.0 or 1.1."""
    assert request_head.is_request(head(line=line)) is is_request


@pytest.mark.parametrize(
    ("fields", "has_body", "length"),
    [
        ([], False, None),
        (["Content-Length: 0"], False, 0),
        (["Content-Length: 000"], False, 0),
        (["content-length:\t12 "], True, 12),
        (["Content-Length: 65536"], True, 65_536),
        (["Content-Length: 65537"], True, None),
        (["Content-Length: 9999999"], True, None),
        (["Content-Length: -1"], True, None),
        (["Content-Length: 1x"], True, None),
        (["Content-Length: 1", "Content-Length: 2"], True, None),
        (["Content-Length: 1", "Transfer-Encoding: chunked"], True, None),
        (["Transfer-Encoding: gzip, chunked"], True, None),
        (["X-Content-Length: 5"], False, None),
    ],
    ids=str,
)
def test_the_body_has_the_one_declared_length(fields, has_body, length):
    """Several lengths, other encodings and sizes over the limit give no length, but are a body."""
    assert (request_head.has_body(head(*fields)), request_head.body_length(head(*fields))) == (has_body, length)


@pytest.mark.parametrize(
    ("field", "wanted"),
    [("Upgrade: websocket", True), ("upgrade:h2c, WebSocket ", True), ("Upgrade: websockets", False), ("X: y", False)],
)
def test_an_upgrade_to_websocket_is_one_of_its_options(field, wanted):
    """Other protocols may be listed beside it; case does not matter."""
    assert request_head.wants_websocket(head(field)) is wanted


@pytest.mark.parametrize(
    ("start", "length"),
    [
        (b"", None),
        (b"0", None),
        (b"0\r\n\r", None),
        (b"0\r\n\r\n", 5),
        (b"0000\r\n\r\nGET", 8),
        (b"0\r\nX: trailer\r\n\r\n", 0),
        (b"5\r\nhello", 0),
        (b"\r\n\r\n", 0),
        (b"0" * 17, 0),
    ],
)
def test_a_chunked_body_is_empty_once_its_end_follows(start, length):
    """A body that is still too short to tell gives None."""
    assert request_head.empty_body_length(head("Transfer-Encoding: chunked"), start) == length


def test_only_a_lone_chunked_of_http_1_1_counts_as_empty():
    """With a length beside it, twice, or in HTTP/1.0, it is ambiguous, and so a body."""
    chunked = "Transfer-Encoding: chunked"
    for ambiguous in (
        head(chunked, "Content-Length: 0"),
        head(chunked, chunked),
        head(chunked, line="POST /x HTTP/1.0"),
    ):
        assert request_head.empty_body_length(ambiguous, b"0\r\n\r\n") == 0


def test_fields_are_taken_off_whole():
    """The other fields stay as they are."""
    whole = head("A: 1", "Expect: 100-continue", "Transfer-Encoding: chunked", "B: 2")

    assert request_head.count_fields(whole) == 4
    assert request_head.without_chunked(request_head.without_expect(whole)) == head("A: 1", "B: 2")


def test_a_bare_line_feed_is_found_in_its_part_only():
    """Bytes after the end belong to the next request."""
    received = bytearray(b"GET / HTTP/1.1\r\n\r\nX\n")

    assert not request_head.has_bare_line_feed(received, 0, 18)
    assert request_head.has_bare_line_feed(received, 0, len(received))
