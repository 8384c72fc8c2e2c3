"""Bodies in pieces."""

import pytest

from uma.web.chunked_body import LONGEST, ChunkedBody


class Writer:
    """Writer that records writes and waits."""

    def __init__(self) -> None:
        self.noted: list[bytes | str] = []

    async def write(self, piece: bytes) -> None:
        self.noted.append(piece)

    async def drain(self) -> None:
        self.noted.append("drained")


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b""],
        [b"a", b"", b"b"],
        [b"x" * LONGEST],
        [b"x" * (LONGEST - 1), b"yz"],
        [b"abc" * LONGEST],
        [b"[", *[b"x" * 700] * 100, b"]"],
    ],
)
async def test_all_is_written_piece_by_piece(parts):
    """No byte is lost at an edge, no piece is much longer than allowed, and each is waited for."""
    writer = Writer()
    body = ChunkedBody(parts)
    await body.write(writer)

    written = [each for each in writer.noted if isinstance(each, bytes)]
    whole = b"".join(parts)
    assert b"".join(written) == whole
    assert body.size == len(whole)
    assert body.decode() == whole.decode()
    assert max(map(len, written)) < 2 * LONGEST
    assert len(written) <= 1 + len(whole) // LONGEST
    assert writer.noted == [each for piece in written for each in (piece, "drained")]
