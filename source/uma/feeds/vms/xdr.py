"""XDR (RFC 4506) as libvirt uses it: a parser of bytes. Pure."""

import struct
from typing import Final

_INT: Final = struct.Struct(">i")
_UINT: Final = struct.Struct(">I")
_HYPER: Final = struct.Struct(">q")
_UHYPER: Final = struct.Struct(">Q")
_DOUBLE: Final = struct.Struct(">d")


class Unpacker:
    """A cursor over *data*; its methods raise ValueError if the data end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def int32(self) -> int:
        """Return the next 32-bit integer."""
        return int(self._number(_INT))

    def uint32(self) -> int:
        """Return the next unsigned 32-bit integer."""
        return int(self._number(_UINT))

    def int64(self) -> int:
        """Return the next 64-bit integer."""
        return int(self._number(_HYPER))

    def uint64(self) -> int:
        """Return the next unsigned 64-bit integer."""
        return int(self._number(_UHYPER))

    def double(self) -> float:
        """Return the next floating-point number."""
        return float(self._number(_DOUBLE))

    def count(self, most: int) -> int:
        """Return the length of the list that follows; raise ValueError above *most*."""
        number = self.uint32()
        if number > most:
            raise ValueError(f"a list of {number} items")
        return number

    def opaque(self, size: int) -> bytes:
        """Return the next *size* bytes, without the padding to four."""
        end = self._at + size
        if end > len(self._data):
            raise ValueError("it is cut short")
        taken = self._data[self._at : end]
        self._at = end + -size % 4
        return taken

    def text(self) -> str:
        """Return the next string; bytes that are not UTF-8 become U+FFFD."""
        return self.opaque(self.uint32()).decode(errors="replace")

    def optional_text(self) -> str | None:
        """Return the next string that may be left out."""
        return self.text() if self.uint32() else None

    def _number(self, shape: struct.Struct) -> int | float:
        value: int | float
        (value,) = shape.unpack(self.opaque(shape.size))
        return value


def packed_text(text: str) -> bytes:
    """Return *text* as an XDR string."""
    encoded = text.encode()
    return _UINT.pack(len(encoded)) + encoded + bytes(-len(encoded) % 4)


def packed(*numbers: int) -> bytes:
    """Return *numbers*, each as a 32-bit integer; flags above 2**31 are unsigned."""
    return b"".join(_UINT.pack(number & 0xFFFFFFFF) for number in numbers)
