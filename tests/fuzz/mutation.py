"""Damaged texts and bytes, the same for the same random seed."""

import random
from collections.abc import Iterator, Sequence

SNIPPETS = (
    *("", " ", "\t", "\r\n", "\n", "\r", "\0", "\ufeff", "\ud7ff", "\U0010ffff", "é", "٣", "。", "İ", "\x0b", "\x7f"),
    *(
        '"',
        "'",
        "\\",
        "=",
        ":",
        "::",
        ";",
        ",",
        ".",
        "..",
        "/",
        "//",
        "?",
        "#",
        "%",
        "%00",
        "@",
        "[",
        "]",
        "{",
        "}",
        "|",
    ),
    *("-1", "0", "1e400", "nan", "9" * 400, "0x10", "4.5", "1_000", str(2**63), str(2**64), "null", "true", "*", "-"),
    *("a" * 300, "[" * 300, '{"a":' * 100, "localhost", "127.0.0.1", "[::1]", "evil.example", "chunked", "websocket"),
)


def cut(chance: random.Random, data: bytes) -> Iterator[bytes]:
    """Return *data* in pieces, some of one byte."""
    while data:
        length = chance.choice((1, 1, 2, 7, 60, 1000, len(data)))
        yield data[:length]
        data = data[length:]


def mutated(chance: random.Random, seeds: Sequence[str]) -> str:
    """One of *seeds* with none to six damages."""
    text = chance.choice(seeds)
    for _ in range(chance.randint(0, 6)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice((0, 1, 1, 5, 40, 1000)))
        match chance.randrange(6):
            case 0:
                text = text[:start] + text[end:]
            case 1 | 2:
                text = text[:start] + chance.choice(SNIPPETS) + text[end:]
            case 3:
                text = text[:end] + text[start:]
            case 4:
                other = chance.choice(seeds)
                text = text[:start] + other[chance.randint(0, len(other)) :]
            case _:
                text = text[:start] + chr(chance.choice((chance.randrange(128), chance.randrange(0xD800)))) + text[end:]
    return text


def encoded(text: str) -> bytes:
    """*text* as bytes, some of which are not valid UTF-8 where it has characters up to 255."""
    return text.encode("latin-1") if text.isascii() or max(text) < "\u0100" else text.encode(errors="replace")
