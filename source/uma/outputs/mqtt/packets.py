"""Check of the length of a broker's packets before they are buffered.

Only a packet's fixed header is read (MQTT 3.1.1, section 2.2): a byte, then the length
of the rest in up to four bytes of seven bits each, the lowest first.
"""

from uma.errors import SourceFailed

LARGEST_PACKET = 16384
"""Bytes. The largest expected packet, UMA's own discovery of one entity, has some
2,000.
"""

_LENGTH_BYTES = 4


class PacketSizes:
    """Check of one connection's bytes."""

    def __init__(self) -> None:
        self._left = 0
        # The received bytes of an incomplete fixed header, and the length so far.
        self._header = 0
        self._length = 0

    def feed(self, chunk: bytes) -> None:
        """Check the next bytes. Raises SourceFailed if they start a packet that is too
        long or invalid.
        """
        at = 0
        while at < len(chunk):
            if self._left:
                step = min(self._left, len(chunk) - at)
                self._left -= step
                at += step
                continue
            byte = chunk[at]
            at += 1
            self._header += 1
            if self._header == 1:
                continue
            self._length |= (byte & 0x7F) << (7 * (self._header - 2))
            if byte & 0x80:
                if self._header > _LENGTH_BYTES:
                    raise SourceFailed("the server there accepts connections but does not speak MQTT")
                continue
            if self._length > LARGEST_PACKET:
                raise SourceFailed(f"the broker sent a message of {self._length} bytes")
            self._left, self._header, self._length = self._length, 0, 0
