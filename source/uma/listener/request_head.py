"""Heads of HTTP/1 requests: their form, and the body they declare (RFC 9112)."""

import re
from typing import Final

MAX_HEAD = 16 * 1024
"""Limit of a head, in bytes."""

MAX_FIELDS = 128
"""Limit of fields in a head, aiohttp's own default. Each takes a hundred bytes or more,
for the life of its connection.
"""

MAX_BODY = 64 * 1024
"""Limit for the body of a request whose address accepts one."""

MAX_EMPTY_BODY = 16
"""Limit of zeros in the only length of an empty chunked body."""

EMPTY_CHUNKS: Final = b"\r\n\r\n"
"""An empty chunked body, after the zeros of its only length."""

METHODS: Final = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"CONNECT"})
"""Methods of RFC 9110, 9 and RFC 5789. aiohttp's parser refuses most others as
malformed.
"""

_REQUEST_LINE = re.compile(rb"[A-Z-]+ [!-~]+ HTTP/1\.[01]\r\n")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_EXPECT = re.compile(rb"\r\nexpect:[^\r\n]*", re.IGNORECASE)
_UPGRADE = re.compile(rb"\r\nupgrade:([^\r\n]*)", re.IGNORECASE)
_LONE_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,6})[ \t]*(?=\r\n)", re.IGNORECASE)
_LENGTH_FIELD = re.compile(rb"\r\ncontent-length:", re.IGNORECASE)
_BODY = re.compile(rb"\r\n(?:transfer-encoding:|content-length:[ \t]*0*[^0\s])", re.IGNORECASE)


def has_bare_line_feed(received: bytearray, start: int, end: int) -> bool:
    """Check for a line that ends without a carriage return, from *start* to *end*."""
    return _BARE_LINE_FEED.search(received, start, end) is not None


def is_request(head: bytes) -> bool:
    """Check the first line of *head*: ``GET /path HTTP/1.1``."""
    return _REQUEST_LINE.match(head) is not None


def has_known_method(head: bytes) -> bool:
    """Check whether the method of *head* is one of METHODS."""
    return head.partition(b" ")[0] in METHODS


def count_fields(head: bytes) -> int:
    """Count the fields of the whole *head*, without request line and blank line."""
    return head.count(b"\r\n") - 2


def wants_websocket(head: bytes) -> bool:
    """Check whether *head* asks for an upgrade to WebSocket."""
    lines = _UPGRADE.findall(head)
    return any(option.strip(b" \t").lower() == b"websocket" for line in lines for option in line.split(b","))


def has_body(head: bytes) -> bool:
    """Check whether *head* declares a body that is not empty."""
    return _BODY.search(head) is not None


def body_length(head: bytes) -> int | None:
    """Return the length of the body that *head* declares by one Content-Length; None if
    it declares none, by other means, or over MAX_BODY.
    """
    lengths = _LENGTH.findall(head)
    if len(lengths) != 1 or _CHUNKED.search(head):
        return None
    length = int(lengths[0])
    return length if length <= MAX_BODY else None


def is_chunked(head: bytes) -> bool:
    """Check whether *head* declares a body that is chunked and nothing else."""
    return _LONE_CHUNKED.search(head) is not None


def empty_body_length(head: bytes, start: bytes | bytearray) -> int | None:
    """Return the length of the chunked body that begins with *start* if it is empty; 0
    if it is not, None if that is not known yet.
    """
    is_http11 = head.partition(b"\r\n")[0].endswith(b" HTTP/1.1")
    if not is_http11 or len(_CHUNKED.findall(head)) != 1 or _LENGTH_FIELD.search(head):
        return 0
    rest = start.lstrip(b"0")
    zeros, end = len(start) - len(rest), rest[: len(EMPTY_CHUNKS)]
    if zeros > MAX_EMPTY_BODY or not EMPTY_CHUNKS.startswith(end) or (end and not zeros):
        return 0
    return zeros + len(end) if end == EMPTY_CHUNKS else None


def without_chunked(head: bytes) -> bytes:
    """Return *head* without its chunked Transfer-Encoding: it has no body then."""
    return _LONE_CHUNKED.sub(b"", head)


def without_expect(head: bytes) -> bytes:
    """Return *head* without Expect: aiohttp would answer 100 Continue before any
    check.
    """
    return _EXPECT.sub(b"", head)
