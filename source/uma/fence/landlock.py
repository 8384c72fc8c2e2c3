"""Fence around files and connections: the daemon reads the feeds' files, writes in one
folder, and connects to the ports in the settings.

It uses the kernel's Landlock (landlock(7)), which any process may apply to itself. Its
versions (ABI) added: files with 1, links between folders with 2, truncation with 3, TCP
with 4, ioctl on devices with 5, abstract sockets and signals with 6. It applies to the
calling thread and those it starts, so it goes up before there is a second one.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from uma.fence.kernel import call, forbid_new_privileges

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION: Final = 1
PATH_BENEATH, NET_PORT = 1, 2

READ_FILE, READ_DIR = 1 << 2, 1 << 3
WRITE_FILE, REMOVE_FILE, MAKE_DIR, MAKE_REG, TRUNCATE = 1 << 1, 1 << 5, 1 << 7, 1 << 8, 1 << 14
IOCTL_DEVICE: Final = 1 << 15
READ: Final = READ_FILE | READ_DIR
WRITE: Final = READ | WRITE_FILE | REMOVE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE
DEVICE: Final = READ_FILE | WRITE_FILE | IOCTL_DEVICE
OF_A_FILE: Final = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEVICE
"""Rights that a rule for a single file may have."""

CONNECT_TCP: Final = 1 << 1
SIGNALS: Final = 1 << 1

NETWORK_ABI, SCOPES_ABI = 4, 6
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
_ALL_FILE_RIGHTS: Final = 16
"""Number of rights on files in each version; from 5 on all of these."""


def read_abi() -> int:
    """Return the kernel's version of Landlock; 0 if it is missing or disabled."""
    try:
        return call(CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    except OSError:
        return 0


def restrict_files(
    *, read: Iterable[Path], write: Iterable[Path], devices: Iterable[Path], ports: Iterable[int] | None
) -> None:
    """Put the fence up for this thread and those it starts, for good. Raises OSError.

    Missing paths in *read*, *write* and *devices* are left out. Later files below a
    folder are included, later mounts are not. *ports* are the allowed TCP ports of
    connections; None for any.
    """
    abi = read_abi()
    known = (1 << _FILE_RIGHTS.get(abi, _ALL_FILE_RIGHTS)) - 1
    network = CONNECT_TCP if ports is not None and abi >= NETWORK_ABI else 0
    # Without the scope of abstract sockets: the broker's own connection uses one.
    attribute = struct.pack("<QQQ", known, network, SIGNALS)
    size = 24 if abi >= SCOPES_ABI else 16 if abi >= NETWORK_ABI else 8
    rules = call(CREATE_RULESET, ctypes.create_string_buffer(attribute), size, 0)
    try:
        for paths, rights in ((read, READ), (write, WRITE), (devices, DEVICE)):
            for path in paths:
                _allow_below(rules, path, rights & known)
        for port in ports or () if network else ():
            call(ADD_RULE, rules, NET_PORT, ctypes.create_string_buffer(struct.pack("<QQ", network, port)), 0)
        forbid_new_privileges()
        call(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def is_shut(folder: Path) -> bool:
    """Check by an attempt whether this thread may not list *folder*. Blocks.

    A rule applies to the file system mounted at that time (landlock(7), "Layers of file
    path access rights"): one that is mounted there later is not readable.
    """
    try:
        os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except PermissionError:
        return True
    except OSError:
        # Missing or broken: the fence is not the reason.
        return False
    return False


def _allow_below(rules: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_A_FILE
        call(ADD_RULE, rules, PATH_BENEATH, ctypes.create_string_buffer(struct.pack("<Qi", rights, descriptor)), 0)
    finally:
        os.close(descriptor)
