"""Inspection of a client's WebSocket frames: violations of RFC 6455 that aiohttp
accepts, and their rate.

aiohttp accepts unmasked frames and reports complete messages only: an endless message
would never be counted. Only the heads of frames are inspected; aiohttp reads the rest,
and finds all other faults.
"""

import struct
from collections import deque
from collections.abc import Callable

from uma.model.close_codes import POLICY_VIOLATION, PROTOCOL_ERROR

FLOOD_FRAMES = 40
FLOOD_SECONDS = 2.0

ABNORMAL_CLOSURE = 1006
"""The code for a lost connection, which no frame may carry (RFC 6455, 7.4.1); aiohttp
knows the others.
"""

CLOSE = 8
MASK_LENGTH = 4

OnViolation = Callable[[int, str], None]
"""A close code and its reason."""


class FrameInspector:
    """Inspector of one client's frames, as their bytes arrive, at times of *clock* in
    seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._on_violation: OnViolation | None = None
        self._fault: tuple[int, str] | None = None
        self._is_over = False
        # The bytes so far of an incomplete head; after a head, the number of payload
        # bytes still to come.
        self._head = b""
        self._payload = 0
        self._begun: deque[float] = deque(maxlen=FLOOD_FRAMES + 1)

    def on_fault(self, on_violation: OnViolation) -> None:
        """Call *on_violation* at the first fault, or at once if there was one."""
        self._on_violation = on_violation
        if self._fault is not None:
            on_violation(*self._fault)

    def feed(self, data: bytes) -> bool:
        """Inspect received bytes; return whether they may be forwarded: False from the
        first fault on.
        """
        at = 0
        while not self._is_over:
            skipped = min(self._payload, len(data) - at)
            self._payload -= skipped
            head = self._head + data[at + skipped : at + skipped + _LONGEST_HEAD]
            length = _head_length(head)
            if length is None:
                self._head = head
                break
            at += skipped + length - len(self._head)
            self._head = b""
            self._take(head[:length])
        return self._fault is None

    def _take(self, head: bytes) -> None:
        self._begun.append(self._clock())
        if not head[1] & 0x80:
            self._end(PROTOCOL_ERROR, "a client's frame must be masked")
        elif head[0] & 0x0F == CLOSE and _close_code(head) == ABNORMAL_CLOSURE:
            self._end(PROTOCOL_ERROR, f"{ABNORMAL_CLOSURE} is not to be sent")
        elif len(self._begun) > FLOOD_FRAMES and self._begun[-1] - self._begun[0] < FLOOD_SECONDS:
            self._end(POLICY_VIOLATION, "too many frames")
        elif head[0] & 0x0F == CLOSE:
            # Bytes after a close frame are ignored.
            self._is_over = True
        else:
            self._payload = _payload_length(head)

    def _end(self, code: int, reason: str) -> None:
        self._is_over = True
        self._fault = (code, reason)
        if self._on_violation is not None:
            self._on_violation(code, reason)


_LONGEST_HEAD = 2 + 8 + MASK_LENGTH + 2


def _head_length(head: bytes) -> int | None:
    """Return the bytes of a frame up to its payload, of a close frame up to its code's
    end; None while *head* is too short.
    """
    if len(head) < 2:
        return None
    length = 2 + {126: 2, 127: 8}.get(head[1] & 0x7F, 0)
    if head[1] & 0x80:
        length += MASK_LENGTH
        if head[0] & 0x0F == CLOSE and 2 <= head[1] & 0x7F < 126:
            length += 2
    return length if len(head) >= length else None


def _payload_length(head: bytes) -> int:
    match head[1] & 0x7F:
        case 126:
            length: int = struct.unpack_from("!H", head, 2)[0]
        case 127:
            length = struct.unpack_from("!Q", head, 2)[0]
        case length:
            pass
    return length


def _close_code(head: bytes) -> int | None:
    if not 2 <= head[1] & 0x7F < 126:
        return None
    code: int = struct.unpack("!H", bytes(byte ^ mask for byte, mask in zip(head[6:8], head[2:4], strict=True)))[0]
    return code
