"""Small files of the host, read whole and safely: no FIFO blocks,
nothing endless is read.
"""

import os
import stat
from pathlib import Path
from typing import Final

from uma.errors import Unreadable
from uma.opener import open_at_once

MAX_FILE_BYTES: Final = 1024 * 1024
"""The largest state file seen, disks.ini of 30 slots and many pools, has some 60 KB."""

CHUNK_BYTES: Final = 16 * 1024
"""Bytes read at once from a kernel's file, most of which have less than a page."""


def read_required(path: Path) -> str:
    """Return the text at *path*. Blocks. Raises Unreadable when it
    can't be read or is empty.
    """
    text = _read(path)
    if not text:
        raise Unreadable(f"{path.name} is empty")
    return text


def read_optional(path: Path, tail: int = 0) -> str:
    """Return the text at *path*, ``""`` if it can't be read. Blocks.

    Only the last *tail* bytes are read if that is given and the file is longer.
    """
    try:
        return _read(path, tail)
    except Unreadable:
        return ""


def read_head(path: Path, most: int) -> bytes | None:
    """Return the first *most* bytes at *path*; None if it can't be read. Blocks."""
    try:
        with open(path, "rb", opener=open_at_once) as file:
            return file.read(most) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
    except (OSError, ValueError):
        return None


def read_attribute(path: Path) -> str:
    """Return a kernel attribute's text without blanks around it. May block.

    Empty if it can't be read: EINVAL, EIO, ENODATA, EPERM and EBUSY are normal.
    """
    try:
        return read_kernel_text(path).strip()
    except (OSError, ValueError):
        return ""


def read_kernel_text(path: Path) -> str:
    """Return the text of a file below /proc or /sys. May block. Raises OSError and
    ValueError.

    It calls the kernel four times. Python's text files call it ten times, which takes
    twice as long; each sample reads a handful.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        content = part = os.read(descriptor, CHUNK_BYTES)
        while part and len(content) < MAX_FILE_BYTES:
            part = os.read(descriptor, CHUNK_BYTES)
            content += part
    finally:
        os.close(descriptor)
    return content.decode(errors="replace")


def shown_name(name: str) -> str:
    """Return a file's *name* as UTF-8 can carry it; the kernel allows any bytes."""
    return os.fsencode(name).decode(errors="replace")


def _read(path: Path, tail: int = 0) -> str:
    try:
        # A FIFO in the file's place must not block, and a device must not be read.
        with open(path, "rb", opener=open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(f"{path.name} is not a file")
            if tail and status.st_size > tail:
                file.seek(-tail, os.SEEK_END)
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        if path.parent.name == "emhttp" and not path.parent.is_dir():
            raise Unreadable(
                f"this is not an Unraid server, or its emhttpd has not started: there is no {path.parent}"
            ) from error
        raise Unreadable(f"{path.name} is missing in {path.parent}") from error
    except OSError as error:
        raise Unreadable(f"{path.name} can't be read: {error.strerror}") from error
    except ValueError as error:
        # A zero in it, from a damaged file that named it.
        raise Unreadable(f"{path.name!a} is not a file name") from error
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable(f"{path.name} is larger than 1 MiB")
    return content.decode(errors="replace")
