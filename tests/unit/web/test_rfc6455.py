"""RFC 6455, case by case, with a client that breaks it: sent bytes, and the required close code.

The order follows Autobahn's test suite, which tests WebSocket servers and does not run on Python 3.
"""

import struct
import zlib

import pytest

from tests.support.raw_sockets import BINARY, CLOSE, PING, PONG, TEXT, frame
from uma.model.close_codes import CLOSE_CODES

CONTINUATION = 0
LIVES = None
"""In place of a close code: it is valid, and the next ping is answered."""

FIN, RSV1 = 0x80, 0x40


def part(opcode: int, payload: bytes = b"") -> bytes:
    """Return a frame that is not the last one of its message."""
    return frame(opcode, payload, first_byte=opcode)


def close(code: int, reason: bytes = b"") -> bytes:
    """Return a close frame."""
    return frame(CLOSE, struct.pack("!H", code) + reason)


def unmasked(opcode: int, payload: bytes = b"") -> bytes:
    """Return a frame as only a server may send it."""
    return bytes([FIN | opcode, len(payload)]) + payload


def declared(opcode: int, length: int) -> bytes:
    """Return the head of a frame that declares *length* bytes, none of which follow."""
    return bytes([FIN | opcode, 0xFF]) + struct.pack("!Q", length) + bytes(4)


def deflated(payload: bytes) -> bytes:
    """Return *payload* as permessage-deflate would send it."""
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


BOMB = deflated(bytes(4_000_000))

CASES = {
    # 1 Framing
    "empty text": (frame(TEXT), LIVES),
    **{f"text of {size} bytes": (frame(TEXT, b"x" * size), LIVES) for size in (125, 126, 127, 128, 4095, 4096)},
    **{f"binary of {size} bytes": (frame(BINARY, b"\xfe" * size), LIVES) for size in (0, 125, 126, 4096)},
    "text of 4,097 bytes": (frame(TEXT, b"x" * 4097), 1009),
    "binary of 65,536 bytes": (frame(BINARY, bytes(65536)), 1009),
    "a length in more bytes than it needs": (bytes([FIN | TEXT, 0xFE, 0, 1]) + bytes(4) + b"x", LIVES),
    "2 GiB declared": (declared(TEXT, 1 << 31), 1009),
    "8 EiB declared": (declared(BINARY, (1 << 63) - 1), 1009),
    "the length's highest bit": (declared(BINARY, 1 << 63), 1009),
    "every bit of the length": (declared(BINARY, (1 << 64) - 1), 1009),
    # 2 Pings and pongs
    "empty ping": (frame(PING), LIVES),
    "ping of 125 bytes": (frame(PING, b"\xfe" * 125), LIVES),
    "ping of 126 bytes": (frame(PING, b"x" * 126), 1002),
    "pong of 126 bytes": (frame(PONG, b"x" * 126), 1002),
    "ping of 64 bits' length": (declared(PING, 1), 1002),
    "pong nobody asked for": (frame(PONG, b"unsolicited"), LIVES),
    "ten pings": (frame(PING, b"x") * 10, LIVES),
    # 3 Reserved bits
    **{
        f"reserved bits {bits:#x}": (frame(TEXT, b"x", first_byte=FIN | TEXT | bits), 1002)
        for bits in range(0x10, 0x80, 0x10)
    },
    **{
        f"reserved bits of a {name}": (frame(opcode, first_byte=FIN | opcode | RSV1), 1002)
        for name, opcode in (("ping", PING), ("pong", PONG), ("close", CLOSE), ("continuation", CONTINUATION))
    },
    # 4 Opcodes
    **{f"opcode {opcode:#x}": (frame(opcode, b"x"), 1002) for opcode in (*range(3, 8), *range(0xB, 0x10))},
    **{f"opcode {opcode:#x} in parts": (part(opcode, b"x"), 1002) for opcode in (3, 7, 0xB, 0xF)},
    # 5 Fragments
    "ping in parts": (part(PING, b"a") + frame(CONTINUATION, b"b"), 1002),
    "pong in parts": (part(PONG, b"a") + frame(CONTINUATION, b"b"), 1002),
    "close in parts": (part(CLOSE, b"\x03\xe8") + frame(CONTINUATION, b"b"), 1002),
    "text in two parts": (part(TEXT, b"a") + frame(CONTINUATION, b"b"), LIVES),
    "a ping between parts": (part(TEXT, b"a") + frame(PING, b"x") + frame(CONTINUATION, b"b"), LIVES),
    "text within a text in parts": (part(TEXT, b"a") + frame(TEXT, b"b"), 1002),
    "binary within a text in parts": (part(TEXT, b"a") + part(BINARY, b"b"), 1002),
    "continuation of nothing": (frame(CONTINUATION, b"b"), 1002),
    "continuation of nothing, in parts": (part(CONTINUATION, b"b") + frame(TEXT, b"x"), 1002),
    "continuation after the end": (part(TEXT) + frame(CONTINUATION) + frame(CONTINUATION), 1002),
    "parts over 4 KiB": (part(TEXT, b"x" * 2048) + part(CONTINUATION, b"x" * 2048) + frame(CONTINUATION, b"x"), 1009),
    "parts of 4 KiB": (part(TEXT, b"x" * 2048) + frame(CONTINUATION, b"x" * 2048), LIVES),
    "parts without an end": (part(TEXT, b"x") + part(CONTINUATION, b"x" * 200) * 25, 1009),
    "empty parts without an end": (part(TEXT) + part(CONTINUATION) * 500, 1008),
    # 6 UTF-8
    "κόσμε": (frame(TEXT, "κόσμε".encode()), LIVES),
    "the last code point": (frame(TEXT, "\U0010ffff".encode()), LIVES),
    "noncharacters": (frame(TEXT, "\ufffe\uffff".encode()), LIVES),
    "a character across parts": (part(TEXT, b"\xce") + frame(CONTINUATION, b"\xba"), LIVES),
    **{
        f"UTF-8: {name}": (frame(TEXT, b"abc" + bad), 1007)
        for name, bad in {
            "a lone continuation": b"\x80",
            "a cut sequence": b"\xf0\x90\x80",
            "overlong slash": b"\xc0\xaf",
            "overlong NUL": b"\xe0\x80\x80",
            "a surrogate": b"\xed\xa0\x80",
            "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
            "beyond the last code point": b"\xf4\x90\x80\x80",
            "five bytes": b"\xf8\x88\x80\x80\x80",
            "0xfe": b"\xfe",
        }.items()
    },
    "UTF-8: bad in the second part": (part(TEXT, b"a") + frame(CONTINUATION, b"\xff"), 1007),
    "bad UTF-8 is fine in binary": (frame(BINARY, b"\xff\xfe\x80"), LIVES),
    # 7 Closing
    "close": (frame(CLOSE), 1000),
    "close of one byte": (frame(CLOSE, b"\x03"), 1002),
    "close with the longest reason": (close(1000, b"x" * 123), 1000),
    "close with too long a reason": (close(1000, b"x" * 124), 1002),
    "close with bad UTF-8": (close(1000, b"\xff"), 1007),
    **{
        f"close with {code}": (close(code), 1000)
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    },
    **{f"close with {code}": (close(code), 1002) for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)},
    # Masking: RFC 6455, section 5.1
    **{
        f"unmasked {name}": (unmasked(opcode, payload), 1002)
        for name, opcode, payload in (
            ("text", TEXT, b"x"),
            ("binary", BINARY, b"x"),
            ("ping", PING, b"x"),
            ("pong", PONG, b""),
            ("close", CLOSE, b"\x03\xe8"),
        )
    },
    "unmasked after masked": (frame(PING, b"x") + unmasked(TEXT, b"x"), 1002),
    # Compression, which is never accepted (RFC 7692)
    "compressed text": (frame(TEXT, deflated(b"hello"), first_byte=FIN | TEXT | RSV1), 1002),
    "a compressed bomb": (frame(TEXT, BOMB, first_byte=FIN | TEXT | RSV1), 1002),
    # Anything else
    "noise": (b"\xff" * 2000, 1002),
    "an HTTP request": (b"GET / HTTP/1.1\r\nHost: tower\r\n\r\n", 1002),
}


def test_every_code_is_documented():
    """Every code that a client can get, except for its own close, is explained in the docs."""
    assert {code for _, code in CASES.values()} - {LIVES, 1000} <= CLOSE_CODES.keys()


@pytest.mark.parametrize(("sent", "code"), CASES.values(), ids=CASES.keys())
async def test_rfc_6455(server, sent, code):
    """Allowed frames are ignored; forbidden ones end the connection with the RFC's code and free the place."""
    client = await server.upgrade(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits")
    client.send(sent + frame(PING, b"still here?"))

    if code is LIVES:
        while (received := await client.frame()) != (PONG, b"still here?"):
            assert received[0] == PONG
    else:
        assert code == await client.close_code()
        await client.ended()
