"""XDR, read and written."""

import struct

import pytest

from uma.feeds.vms.xdr import Unpacker, packed, packed_text


def test_every_type_is_read():
    """Numbers, texts and opaque bytes are read as they were packed; padding is skipped."""
    data = struct.pack(">iIqQd", -1, 2**32 - 1, -(2**63), 2**64 - 1, 1.5) + packed_text("Grün") + b"abc\0" + packed(0)
    unpacker = Unpacker(data)

    values = [
        unpacker.int32(),
        unpacker.uint32(),
        unpacker.int64(),
        unpacker.uint64(),
        unpacker.double(),
        unpacker.text(),
        unpacker.opaque(3),
        unpacker.optional_text(),
    ]

    assert values == [-1, 2**32 - 1, -(2**63), 2**64 - 1, 1.5, "Grün", b"abc", None]


@pytest.mark.parametrize(
    ("data", "read"),
    [
        pytest.param(b"", lambda u: u.int32(), id="nothing"),
        pytest.param(b"\0\0\0", lambda u: u.uint32(), id="three bytes"),
        pytest.param(packed(5) + b"abc", lambda u: u.text(), id="a cut text"),
        pytest.param(packed(2**32 - 1), lambda u: u.text(), id="a text of 4 GB"),
        pytest.param(packed(11), lambda u: u.count(10), id="a list that is too long"),
    ],
)
def test_damage_is_a_value_error(data, read):
    """Data that end early, or claim to be huge, raise ValueError and allocate nothing."""
    with pytest.raises(ValueError):
        read(Unpacker(data))


def test_odd_bytes_in_a_text():
    """A name that is not UTF-8 is still a name."""
    assert Unpacker(packed(2) + b"\xff\xfe\0\0").text() == "\ufffd\ufffd"


def test_flags_above_two_to_the_31():
    """NOWAIT is bit 29, but a flag at bit 31 must fit as well."""
    assert packed(1 << 31, -1) == bytes.fromhex("80000000ffffffff")
