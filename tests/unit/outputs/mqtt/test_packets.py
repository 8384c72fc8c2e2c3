"""A broker's packets are measured before they are buffered."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.errors import SourceFailed
from uma.outputs.mqtt.packets import LARGEST_PACKET, PacketSizes


def packet(length: int, kind: int = 0x30) -> bytes:
    """Return a packet of *length* bytes after its fixed header."""
    header, rest = bytes([kind]), length
    while True:
        header += bytes([rest % 128 | (0x80 if rest > 127 else 0)])
        rest //= 128
        if not rest:
            return header + bytes(length)


@given(
    st.lists(st.integers(0, 70000).map(lambda n: min(n, LARGEST_PACKET)), max_size=6), st.lists(st.integers(1, 9000))
)
def test_packets_pass_however_they_are_cut(lengths: list[int], cuts: list[int]):
    """Packets of any size up to the largest pass, in any pieces."""
    sizes = PacketSizes()
    stream = b"".join(map(packet, lengths))
    for cut in cuts:
        sizes.feed(stream[:cut])
        stream = stream[cut:]
    sizes.feed(stream)
    # The following bytes start a packet again.
    sizes.feed(packet(2))
    with pytest.raises(SourceFailed):
        sizes.feed(packet(LARGEST_PACKET + 1)[:5])


def test_too_long_is_seen_in_the_header():
    """The header of a packet of 256 MB is enough to reject it."""
    with pytest.raises(SourceFailed, match="268435455 bytes"):
        PacketSizes().feed(b"\x30\xff\xff\xff\x7f")


def test_other_protocols_than_mqtt_are_recognized():
    """A length without an end is not MQTT."""
    with pytest.raises(SourceFailed, match="does not speak MQTT"):
        PacketSizes().feed(b"\x30\xff\xff\xff\xff")


@given(st.binary(max_size=4000))
def test_noise_is_refused_or_passed(noise: bytes):
    """Random bytes raise nothing but the refusal."""
    with suppress(SourceFailed):
        PacketSizes().feed(noise)
