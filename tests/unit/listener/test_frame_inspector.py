"""A client's frames, in pieces of any size."""

import itertools
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.raw_sockets import BINARY, CLOSE, PING, TEXT, frame
from uma.listener.frame_inspector import FrameInspector

LIVES = frame(TEXT, b"x") + frame(BINARY, bytes(300)) + frame(TEXT, bytes(70_000)) + frame(PING)
UNMASKED = b"\x81\x01x"
LOST = frame(CLOSE, struct.pack("!H", 1006))

Faults = list[tuple[int, str]]


def watched(clock=lambda: 0.0) -> tuple[FrameInspector, Faults]:
    frames, faults = FrameInspector(clock), []
    frames.on_fault(lambda code, reason: faults.append((code, reason)))
    return frames, faults


@pytest.mark.parametrize(("sent", "codes"), [(LIVES, []), (LIVES + UNMASKED, [1002]), (LIVES + LOST, [1002])])
@given(data=st.data())
def test_pieces_make_no_difference(sent, codes, data):
    """The same frames give the same result, wherever they are cut."""
    frames, faults = watched()
    cuts = data.draw(
        st.lists(st.one_of(st.integers(0, len(sent)), st.integers(len(sent) - 30, len(sent))), max_size=40)
    )
    edges = [0, *sorted(cuts), len(sent)]
    passed = [frames.feed(sent[start:end]) for start, end in itertools.pairwise(edges)]

    assert codes == [code for code, _ in faults]
    assert passed[-1] is not bool(codes)


@pytest.mark.parametrize("code", [b"", b"\x03\xe8", b"\x03\xe8bye"])
def test_after_a_close_nothing_counts(code):
    """Frames after a client's close frame are not a fault."""
    frames, faults = watched()

    assert frames.feed(frame(CLOSE, code) + UNMASKED * 100)
    assert not faults


@pytest.mark.parametrize(("frames_a_second", "is_flood"), [(20, False), (21, True)])
def test_flood(frames_a_second, is_flood):
    """20 frames a second are allowed for ever, 21 are not; fragments of a message count as frames."""
    now = Fraction(0)
    frames, faults = watched(lambda: now)
    for number in range(200):
        now = Fraction(number, frames_a_second)
        frames.feed(frame(TEXT, first_byte=TEXT if number == 0 else 0))

    assert is_flood == bool(faults)
    assert all(code == 1008 for code, _ in faults)


def test_a_fault_before_a_listener_is_reported_later():
    """Bytes that came along with the handshake are not lost."""
    frames = FrameInspector(lambda: 0.0)
    assert not frames.feed(UNMASKED)
    faults = []
    frames.on_fault(lambda code, reason: faults.append(code))

    assert [1002] == faults
    assert not frames.feed(frame(PING))
