"""Frames, read by another implementation."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from uma.web.frames import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_a_frame_of_any_size_is_read_as_it_was_written(size):
    """Another implementation reads a payload of any length, and the frame after it."""
    payload = b"x" * size
    stream = StreamReader()
    stream.feed_data(text_frame(payload) + text_frame(b"next"))

    read = []
    for _ in range(2):
        with pytest.raises(StopIteration) as parsed:
            next(Frame.parse(stream.read_exact, mask=False))
        read.append(parsed.value.value)

    assert [Frame(Opcode.TEXT, payload), Frame(Opcode.TEXT, b"next")] == read
