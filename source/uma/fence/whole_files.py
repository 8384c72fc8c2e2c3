"""Small files of root's own, written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write *text* to *path*, for this user alone. Blocks. Raises OSError."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        new.unlink()
    try:
        # Its mode is the file's from the first moment on:
        # no one else may open it in between.
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        new.rename(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise
