"""Small files of the kernel and of Unraid, read whole or not at all."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

MAX_FILE_BYTES: Final = 64 * 1024


def read_text(path: Path, *, most: int = MAX_FILE_BYTES) -> str:
    """Read *path*; an empty text if it can't be read or has more
    than *most* bytes. Blocks.
    """
    try:
        # A FIFO in the file's place must not block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        content = os.read(descriptor, most + 1)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return content.decode(errors="replace") if len(content) <= most else ""


def entries_of(folder: Path) -> list[str]:
    """List the names in *folder*; none if it can't be read. Blocks."""
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def moment(seconds: float) -> str | None:
    """Write Unix time as RFC 3339 in UTC;
    None if it is no time that a clock could show.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None
