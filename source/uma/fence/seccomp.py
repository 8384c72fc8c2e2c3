"""Fence around the system calls: no program is started, no other process touched, and
nothing of the system changed.

The kernel's filter (seccomp(2)) checks every system call in all threads. It lists the
refused calls, which get EPERM: an allow list would break with the next C library.
"""

import ctypes
import struct
from collections.abc import Iterator, Sequence
from typing import Final

from uma.fence.kernel import IS_X86_64, call, forbid_new_privileges

SECCOMP: Final = 317
SET_MODE_FILTER: Final = 1
FLAG_TSYNC: Final = 1
"""The filter applies to all threads, or the call fails."""

CLONE, CLONE3 = 56, 435
CLONE_THREAD: Final = 0x10000
PERF_EVENT_OPEN: Final = 298

PROGRAMS: Final = {"execve": 59, "execveat": 322, "fork": 57, "vfork": 58}
PROCESSES: Final = {
    "ptrace": 101,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "process_madvise": 440,
    "pidfd_getfd": 438,
    "pidfd_send_signal": 424,
    "kcmp": 312,
    "migrate_pages": 256,
    "move_pages": 279,
    "tkill": 200,
    "rt_sigqueueinfo": 129,
    "rt_tgsigqueueinfo": 297,
    "personality": 135,
}
OWN_SIGNALS: Final = {"kill": 62, "tgkill": 234}
"""Allowed for this process only, whose number is their first argument."""

KERNEL: Final = {
    "init_module": 175,
    "finit_module": 313,
    "delete_module": 176,
    "kexec_load": 246,
    "kexec_file_load": 320,
    "bpf": 321,
    "userfaultfd": 323,
    "iopl": 172,
    "ioperm": 173,
    "modify_ldt": 154,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "keyctl": 250,
    "add_key": 248,
    "request_key": 249,
    "syslog": 103,
    "fanotify_init": 300,
    "lookup_dcookie": 212,
    "uselib": 134,
}
NAMESPACES: Final = {
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "chroot": 161,
    "unshare": 272,
    "setns": 308,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "mount_setattr": 442,
}
SYSTEM: Final = {
    "reboot": 169,
    "swapon": 167,
    "swapoff": 168,
    "settimeofday": 164,
    "clock_settime": 227,
    "clock_adjtime": 305,
    "adjtimex": 159,
    "sethostname": 170,
    "setdomainname": 171,
    "acct": 163,
    "quotactl": 179,
    "quotactl_fd": 443,
    "vhangup": 153,
}
FILES: Final = {
    # With it CAP_DAC_READ_SEARCH would open any file, past every fence.
    "open_by_handle_at": 304,
    "mknod": 133,
    "mknodat": 259,
    # Landlock does not cover these.
    "chmod": 90,
    "fchmod": 91,
    "fchmodat": 268,
    "fchmodat2": 452,
    "chown": 92,
    "fchown": 93,
    "lchown": 94,
    "fchownat": 260,
    "setxattr": 188,
    "lsetxattr": 189,
    "fsetxattr": 190,
    "setxattrat": 463,
    "removexattr": 197,
    "lremovexattr": 198,
    "fremovexattr": 199,
    "removexattrat": 466,
}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
"""Answers to a call; refused ones get EPERM, unknown ones ENOSYS."""

_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_X86_64, _X32_BIT = 0xC000003E, 0x40000000

Instruction = tuple[int, int, int, int]


def refuse_calls(pid: int, *, allows_perf: bool) -> None:
    """Put the fence up for all threads, for good. Raises OSError.

    *pid* is this process; *allows_perf* permits the kernel's counters, from which the
    figures of Intel's GPUs come.
    """
    if not IS_X86_64:
        raise OSError("the list of system calls is for x86_64 alone")
    instructions = filter_of(pid, allows_perf=allows_perf)
    program = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *each) for each in instructions))
    pointer = struct.pack("<H6xQ", len(instructions), ctypes.addressof(program))
    forbid_new_privileges()
    call(SECCOMP, SET_MODE_FILTER, FLAG_TSYNC, ctypes.create_string_buffer(pointer))


def filter_of(pid: int, *, allows_perf: bool) -> Sequence[Instruction]:
    """Return the filter in classic BPF: code, jumps if true and if false, value."""
    refused = {**PROGRAMS, **PROCESSES, **KERNEL, **NAMESPACES, **SYSTEM, **FILES}
    if not allows_perf:
        refused["perf_event_open"] = PERF_EVENT_OPEN
    return [
        # Numbers have other meanings in a 32-bit program.
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, _X86_64),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _REFUSE),
        # Its flags are in memory, where a filter can't look; the C library falls back.
        (_EQUAL, 0, 1, CLONE3),
        (_RETURN, 0, 0, _UNKNOWN),
        *_only_if(CLONE, _ANY_BIT, CLONE_THREAD),
        *(line for number in OWN_SIGNALS.values() for line in _only_if(number, _EQUAL, pid)),
        *(line for number in sorted(refused.values()) for line in ((_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE))),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _only_if(number: int, test: int, value: int) -> Iterator[Instruction]:
    """Allow the call *number* only if its first argument passes *test*."""
    yield (_EQUAL, 0, 4, number)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    yield (test, 0, 1, value)
    yield (_RETURN, 0, 0, _ALLOW)
    yield (_RETURN, 0, 0, _REFUSE)
