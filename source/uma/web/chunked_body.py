"""Bodies written piece by piece, each when the connection has room.

Pieces that a client has not read yet are not copied: the messages of a long answer
exist once, for all clients.
"""

from collections.abc import Iterable, Iterator

from aiohttp import Payload
from aiohttp.abc import AbstractStreamWriter

LONGEST = 16 * 1024
"""Bytes of a piece, or little more: with the connection's own buffer it is all that
waits for a client.
"""


class ChunkedBody(Payload):
    """The body of *parts*, one after the other."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        super().__init__(tuple(parts))
        self._size = sum(map(len, self._value))

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write all of it, waiting wherever the connection is full."""
        for piece in self._pieces():
            await writer.write(piece)
            await writer.drain()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Decode the whole body as text."""
        return b"".join(self._value).decode(encoding, errors)

    def _pieces(self) -> Iterator[bytes]:
        piece = bytearray()
        for part in self._value:
            for start in range(0, len(part), LONGEST):
                piece += part[start : start + LONGEST]
                if len(piece) >= LONGEST:
                    yield bytes(piece)
                    piece.clear()
        yield bytes(piece)
