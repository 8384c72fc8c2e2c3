"""The kernel's performance counters, by perf_event_open(2) and ctypes.

Only root may open a device's counters. They count only while the device is awake.
"""

import ctypes
import os
import struct
from dataclasses import dataclass

_NUMBERS = {"x86_64": 298, "aarch64": 241}
ATTRIBUTE_BYTES = 128
TOTAL_TIME_ENABLED = 1
CLOSE_ON_EXEC = 8
_ATTRIBUTE = struct.Struct("=IIQQQQ")
_READING = struct.Struct("=QQ")


@dataclass(frozen=True, slots=True)
class Reading:
    """A counter's value, and the nanoseconds for which it has been counting."""

    value: int
    nanoseconds: int


class Counter:
    """One open counter. Raises OSError if the kernel does not have it."""

    def __init__(self, kind: int, config: int, cpu: int) -> None:
        self._descriptor = _open(kind, config, cpu)

    def read(self) -> Reading:
        """Read it. Raises OSError."""
        data = os.read(self._descriptor, _READING.size)
        if len(data) < _READING.size:
            raise OSError("the counter's device has gone")
        return Reading(*_READING.unpack(data))

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


def _open(kind: int, config: int, cpu: int) -> int:
    number = _NUMBERS.get(os.uname().machine)
    if number is None:
        raise OSError(f"perf_event_open is not known on {os.uname().machine}")
    attribute = ctypes.create_string_buffer(ATTRIBUTE_BYTES)
    _ATTRIBUTE.pack_into(attribute, 0, kind, ATTRIBUTE_BYTES, config, 0, 0, TOTAL_TIME_ENABLED)
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    syscall.restype = ctypes.c_long
    arguments = (attribute, ctypes.c_int(-1), ctypes.c_int(cpu), ctypes.c_int(-1), ctypes.c_ulong(CLOSE_ON_EXEC))
    descriptor = int(syscall(ctypes.c_long(number), *arguments))
    if descriptor < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return descriptor
