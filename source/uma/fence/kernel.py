"""Kernel calls for which Python has no function, by ctypes.

Numbers are those of x86_64, for which the package is built; from 424 on they are the
same on every machine.
"""

import ctypes
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PR_SET_NO_NEW_PRIVS: Final = 38

IS_X86_64: Final = os.uname().machine == "x86_64"

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def call(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make the system call *number*. Raises OSError."""
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *given))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process. Raises OSError."""
    zero = ctypes.c_ulong(0)
    if _libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def forbid_new_privileges() -> None:
    """Give up the rights of set-uid programs: both other fences need this."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def read_own_status() -> Mapping[str, str]:
    """Read ``/proc/self/status`` (proc(5)), the kernel's report on this process."""
    lines = Path("/proc/self/status").read_text(errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def count_threads() -> int:
    """Count this process's threads: most fences apply to the calling thread only."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())
