"""Bytes that a client has sent, cut into the heads of its requests."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from uma.listener.request_head import (
    MAX_EMPTY_BODY,
    MAX_FIELDS,
    MAX_HEAD,
    count_fields,
    empty_body_length,
    has_bare_line_feed,
    has_known_method,
    is_chunked,
    is_request,
    without_chunked,
    without_expect,
)

_BLANK_LINE: Final = b"\r\n\r\n"
_BLANK_LINES = re.compile(rb"(?:\r\n)+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answer to a head that is not forwarded; *fields* are whole lines of the answer's
    head.
    """

    status: HTTPStatus
    detail: str
    fields: str = ""


class RequestBuffer:
    """Bytes of one client that have not been forwarded yet."""

    __slots__ = ("_bytes", "_head_end", "_searched")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._searched = 0
        # Already known if the head waits for the start of its chunked body.
        self._head_end = 0

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def has_whole_head(self) -> bool:
        """True if the end of a head has arrived."""
        return _BLANK_LINE in self._bytes

    def add(self, data: bytes) -> None:
        """Append received *data*."""
        self._bytes += data

    def clear(self) -> None:
        """Drop everything."""
        self._bytes.clear()
        self._searched = self._head_end = 0

    def take_all(self) -> bytes:
        """Remove and return everything."""
        taken = bytes(self._bytes)
        self.clear()
        return taken

    def cut_head(self) -> bytes | Refusal | None:
        """Remove and return the next head, as aiohttp is to get it; None if it is not
        complete.

        A Refusal removes nothing: the connection ends with it.
        """
        if blank := _BLANK_LINES.match(self._bytes):
            # Some clients send one between requests. They don't extend the timeout for
            # a head.
            del self._bytes[: blank.end()]
            self._searched = 0
        if not (self._bytes[:1].isupper() or self._bytes[:1] in b"\r\n"):
            return Refusal(HTTPStatus.BAD_REQUEST, "this port speaks HTTP/1.1, without TLS")
        end = self._head_end or self._bytes.find(_BLANK_LINE, self._searched)
        # Only of this head: thousands of others may follow.
        if has_bare_line_feed(self._bytes, self._searched, len(self._bytes) if end < 0 else end):
            return Refusal(HTTPStatus.BAD_REQUEST, "a line of the request head ends without a carriage return")
        length = end + len(_BLANK_LINE)
        if (len(self._bytes) if end < 0 else length) > MAX_HEAD:
            return Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request head is over 16 KiB")
        if end < 0:
            self._searched = max(0, len(self._bytes) - len(_BLANK_LINE) + 1)
            return None
        return self._cut(length)

    def _cut(self, length: int) -> bytes | Refusal | None:
        """Cut the head of *length* bytes; None to wait for bytes that show whether its
        chunked body is empty.
        """
        head = bytes(self._bytes[:length])
        if is_chunked(head):
            empty = empty_body_length(head, self._bytes[length : length + MAX_EMPTY_BODY + len(_BLANK_LINE)])
            if empty is None:
                self._head_end = self._searched = length - len(_BLANK_LINE)
                return None
            if empty:
                # Proxies make this of an HTTP/2 request whose stream ends by an empty
                # frame.
                head = without_chunked(head)
                length += empty
        refusal = _refusal_of(head)
        if refusal is not None:
            return refusal
        del self._bytes[:length]
        self._searched = self._head_end = 0
        return without_expect(head)


def _refusal_of(head: bytes) -> Refusal | None:
    """Return the reason why *head*, a whole one, is not forwarded; None if it is."""
    if count_fields(head) > MAX_FIELDS:
        detail = f"the request head has more than {MAX_FIELDS} fields"
        return Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)
    if not is_request(head):
        return Refusal(HTTPStatus.BAD_REQUEST, "the request line is not of the form: GET /path HTTP/1.1")
    if not has_known_method(head):
        return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "no address takes this method", "Allow: GET, HEAD\r\n")
    return None
