"""The load generator's own parser of frames, tested with the daemon's frames."""

import pytest
from benchmarks.readers import frames_in

from uma.web.frames import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_are_found_whole(size):
    """Frames of any size are distinguished; the beginning of the next one is kept."""
    whole = text_frame(b"x" * size) + b"\x89\x00"

    frames, rest = frames_in(whole + text_frame(b"later")[:3])

    assert frames == [(1, b"x" * size), (9, b"")]
    assert rest == text_frame(b"later")[:3]


def test_a_frame_in_pieces_counts_from_its_last_byte():
    """However a frame is cut, it is found once and with its last byte."""
    frame = text_frame(b"x" * 300)
    for cut in range(len(frame)):
        assert frames_in(frame[:cut]) == ([], frame[:cut])
    assert frames_in(frame) == ([(1, b"x" * 300)], b"")
