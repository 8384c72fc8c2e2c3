"""Fence around root's rights: the daemon keeps only the kernel capabilities needed for
reading.

Root without capabilities (capabilities(7)) still owns root's files. It opens no raw
socket, changes no route or firewall, and reaches no hardware. The set belongs to the
calling thread, and new threads inherit it, so it is dropped before there is a second
thread.
"""

import ctypes
import struct
from collections.abc import Iterable
from typing import Final

from uma.fence.kernel import IS_X86_64, call, prctl, read_own_status

CAPSET: Final = 126
VERSION_3: Final = 0x20080522

DAC_READ_SEARCH: Final = 2
"""Read files of other users: the notifications and settings that ``nobody`` writes."""

PERFMON: Final = 38
"""Open the kernel's counters, for figures of Intel's GPUs; since Linux 5.8."""

PR_CAPBSET_DROP: Final = 24
LARGEST: Final = 63


def drop_capabilities(kept: Iterable[int]) -> None:
    """Give up all capabilities but *kept*, for good. Raises OSError.

    A capability in *kept* stays only if this process has it.
    """
    if not IS_X86_64:
        raise OSError("the numbers of system calls are for x86_64 alone")
    mask = _held() & sum(1 << each for each in kept)
    for number in range(LARGEST + 1):
        if not mask >> number & 1:
            try:
                prctl(PR_CAPBSET_DROP, number)
            except OSError:
                # Unknown to this kernel, or not root: then the set below is empty too.
                continue
    _set(mask)


def regain_capabilities() -> None:
    """Put the capabilities in force again that a change of user has left as permitted
    only. Raises OSError.
    """
    if not IS_X86_64:
        raise OSError("the numbers of system calls are for x86_64 alone")
    _set(_held())


def _set(mask: int) -> None:
    low, high = mask & 0xFFFFFFFF, mask >> 32
    header = ctypes.create_string_buffer(struct.pack("<Ii", VERSION_3, 0))
    # Effective, permitted and inheritable, each in two halves.
    data = struct.pack("<6I", low, low, 0, high, high, 0)
    call(CAPSET, header, ctypes.create_string_buffer(data))


def _held() -> int:
    return int(read_own_status().get("CapPrm", "0"), 16)
