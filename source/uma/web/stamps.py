"""Stamps of files, by which a renewed certificate is noticed. Without ``ssl``, which
only a server with a certificate loads.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 60.0
"""Seconds between two looks at the files of a certificate: a stat, which wakes no
disk.
"""

Stamp = tuple[tuple[int, int], ...]
"""Time and size of each file; zeros for a missing one."""


def stamp_of(paths: Iterable[str | Path]) -> Stamp:
    """Return the stamp of the files at *paths*. Blocks."""
    return tuple(map(_mark_of, paths))


def _mark_of(path: str | Path) -> tuple[int, int]:
    try:
        status = Path(path).stat()
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size
