"""Frames of messages, made once for all clients that get them."""

from functools import lru_cache


@lru_cache(maxsize=4)
def text_frame(payload: bytes) -> bytes:
    """Encode *payload* as a server's RFC 6455 text frame; one frame per stream is
    cached while it is sent.
    """
    length = len(payload)
    if length < 126:
        head = bytes((0x81, length))
    elif length < 1 << 16:
        head = b"\x81\x7e" + length.to_bytes(2, "big")
    else:
        head = b"\x81\x7f" + length.to_bytes(8, "big")
    return head + payload


@lru_cache(maxsize=2)
def text_frames(payloads: tuple[bytes, ...]) -> bytes:
    """Encode several payloads, one after the other; they are cached while they are
    sent.
    """
    return b"".join(map(text_frame, payloads))
